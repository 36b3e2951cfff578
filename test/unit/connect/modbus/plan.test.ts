import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ExchangeFailure } from '#modbus'
import { explore } from '../../../../src/connect/drivers/modbus/explore.ts'
import { type Hole, type PlanItem, type PlanLimits, plan, split } from '../../../../src/connect/drivers/modbus/plan.ts'

const limits: PlanLimits = { maxRegisters: 125, maxBits: 2000, gap: 16, gaps: [], refused: [] }
const item: fc.Arbitrary<PlanItem> = fc.oneof(
  fc.record({
    table: fc.constantFrom('holding', 'input'),
    at: fc.integer({ min: 0, max: 600 }),
    size: fc.integer({ min: 1, max: 8 }),
  }),
  fc.record({
    table: fc.constantFrom('coil', 'discrete'),
    at: fc.integer({ min: 0, max: 5000 }),
    size: fc.constant(1),
  }),
)
const items = fc.array(item, { minLength: 1, maxLength: 200 })
const hole: fc.Arbitrary<Hole> = fc
  .record({ table: fc.constantFrom('holding', 'input', 'coil'), from: fc.nat(600), length: fc.nat(4) })
  .map(({ table, from, length }) => ({ table, from, to: from + length }) as Hole)
const someLimits = fc.record({
  maxRegisters: fc.integer({ min: 8, max: 125 }),
  maxBits: fc.integer({ min: 1, max: 2000 }),
  gap: fc.integer({ min: 0, max: 32 }),
  gaps: fc.array(hole, { maxLength: 5 }),
  refused: fc.array(hole, { maxLength: 5 }),
})

const touches = ({ table, from, to }: Hole, span: PlanItem) =>
  table === span.table && from < span.at + span.size && to > span.at
/** On both sides of a gap, or over all of it. */
const spans = ({ table, from, to }: Hole, { table: other, at, size }: PlanItem) =>
  table === other && (from === to ? at < from && to < at + size : at <= from && to <= at + size)

describe('the plan', () => {
  test('covers every item exactly once and whole, except the refused ones', () => {
    fc.assert(
      fc.property(items, someLimits, (all, limits) => {
        const blocks = plan(all, limits)
        const planned = blocks.flatMap((block) => block.items)
        const expected = all.map((_, i) => i).filter((i) => !limits.refused.some((hole) => touches(hole, all[i]!)))
        expect(planned.toSorted((a, b) => a - b)).toEqual(expected)
        for (const { table, at, count, items } of blocks)
          for (const index of items) {
            const one = all[index]!
            expect(one.table).toBe(table)
            expect(one.at).toBeGreaterThanOrEqual(at)
            expect(one.at + one.size).toBeLessThanOrEqual(at + count)
          }
      }),
    )
  })

  test('asks for no more than the limits, for nothing refused, and joins nothing over a gap', () => {
    fc.assert(
      fc.property(items, someLimits, (all, limits) => {
        for (const { table, at, count, items } of plan(all, limits)) {
          expect(count).toBeLessThanOrEqual(
            table === 'coil' || table === 'discrete' ? limits.maxBits : limits.maxRegisters,
          )
          const block = { table, at, size: count }
          for (const hole of limits.refused) expect(touches(hole, block)).toBe(false)
          if (items.length > 1) for (const hole of limits.gaps) expect(spans(hole, block)).toBe(false)
        }
      }),
    )
  })

  test('reads over small gaps and not over large ones', () => {
    const at = (...places: number[]) => places.map((at): PlanItem => ({ table: 'holding', at, size: 2 }))
    expect(plan(at(0, 18), limits)).toEqual([{ table: 'holding', at: 0, count: 20, items: [0, 1] }])
    expect(plan(at(0, 19), limits)).toHaveLength(2)
  })

  test('asks for what lies inside a gap that cannot be read along as a whole', () => {
    const between: PlanItem = { table: 'holding', at: 10, size: 2 }
    const gaps: Hole[] = [{ table: 'holding', from: 8, to: 20 }]
    expect(plan([between], { ...limits, gaps })).toEqual([{ table: 'holding', at: 10, count: 2, items: [0] }])
    const around = [{ ...between, at: 6 }, between, { ...between, at: 20 }]
    expect(plan(around, { ...limits, gaps }).map(({ items }) => items)).toEqual([[0, 1], [2]])
  })

  test('splits a thousand floats into as few requests as can be', () => {
    const floats = Array.from({ length: 1000 }, (_, i): PlanItem => ({ table: 'holding', at: 2 * i, size: 2 }))
    expect(plan(floats, limits)).toHaveLength(17)
  })

  test('halves keep every item in one of them', () => {
    fc.assert(
      fc.property(items, (all) => {
        for (const block of plan(all, limits)) {
          if (block.items.length < 2) continue
          const [left, right] = split(block, all)
          expect([...left.items, ...right.items]).toEqual(block.items)
          expect(left.items.length).toBeGreaterThan(0)
          expect(right.items.length).toBeGreaterThan(0)
        }
      }),
    )
  })
})

/** A device that refuses some registers, spans over some places, and spans longer than it likes. */
function device(refused: ReadonlySet<number>, most: number, boundaries: readonly number[] = []) {
  let asked = 0
  const ask = async ({ at, count }: { at: number; count: number }): Promise<ExchangeFailure | undefined> => {
    asked++
    const illegal = Array.from({ length: count }, (_, i) => at + i).some((register) => refused.has(register))
    const parted = boundaries.some((boundary) => boundary > at && boundary < at + count)
    return illegal || parted || count > most ? { kind: 'exception', sent: true, code: 2 } : undefined
  }
  return { ask, asked: () => asked }
}

const refusal: ExchangeFailure = { kind: 'exception', sent: true, code: 2 }
const contiguous = (count: number, size = 1) =>
  Array.from({ length: count }, (_, i): PlanItem => ({ table: 'holding', at: i * size, size }))
const whole = (all: readonly PlanItem[]) => plan(all, { ...limits, maxRegisters: 10_000 })[0]!

describe('exploring a refused span', () => {
  test('finds exactly the items the device refuses', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(99), { minLength: 1, maxLength: 8 }), async (bad) => {
        const all = contiguous(100)
        const { ask } = device(new Set(bad), 125)
        const { refused } = await explore(whole(all), refusal, all, ask)
        expect(refused.map(({ item }) => item).toSorted((a, b) => a - b)).toEqual(bad.toSorted((a, b) => a - b))
      }),
    )
  })

  test('needs few questions for one illegal register among many', async () => {
    const all = contiguous(125)
    const { ask, asked } = device(new Set([77]), 125)
    await explore(whole(all), refusal, all, ask)
    expect(asked()).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(125)))
  })

  test('finds the gap that cannot be read along', async () => {
    const all: PlanItem[] = [
      { table: 'holding', at: 0, size: 4 },
      { table: 'holding', at: 4, size: 4 },
      { table: 'holding', at: 12, size: 4 },
    ]
    const { ask } = device(new Set([9]), 125)
    const found = await explore(whole(all), refusal, all, ask)
    expect(found).toEqual({ refused: [], gaps: [{ from: 8, to: 12 }], cuts: [] })
  })

  test('finds that it was too much at once, also where the halves have a gap between them', async () => {
    for (const gap of [0, 2]) {
      const all = contiguous(100).map((one, i): PlanItem => (i < 50 ? one : { ...one, at: one.at + gap }))
      const { ask } = device(new Set(), 60)
      const found = await explore(whole(all), refusal, all, ask)
      expect(found.refused).toEqual([])
      expect(found.gaps).toEqual([])
      expect(found.cuts).toEqual([{ at: 50 + gap, whole: 100 + gap, most: 50 }])
    }
  })

  test('ends when the device falls silent, and keeps what it found', async () => {
    const all = contiguous(8)
    const { ask } = device(new Set([0, 7]), 125)
    let left = 6
    const found = await explore(whole(all), refusal, all, (span) =>
      left-- > 0 ? ask(span) : Promise.resolve({ kind: 'timeout', sent: true }),
    )
    expect(found.refused.map(({ item }) => item)).toEqual([0])
  })

  test('asks nothing more of a function the device does not have', async () => {
    const all = contiguous(10)
    const { ask, asked } = device(new Set(), 125)
    const found = await explore(whole(all), { kind: 'exception', sent: true, code: 1 }, all, ask)
    expect(found.refused).toHaveLength(10)
    expect(asked()).toBe(0)
  })
})
