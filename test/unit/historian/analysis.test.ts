import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type AlignQuery, alignTags, readStates, similarTags } from '#historian'
import { BatchBuilder, type TagDefinition, type Value } from '#model'
import { MemoryHistorian } from '../../fakes/memory-historian.ts'

const noon = 1_767_268_800_000_000
type Rows = readonly (readonly [time: number, value: Value, quality?: number])[]

async function holding(...columns: readonly (readonly [type: TagDefinition['type'], rows: Rows])[]) {
  const historian = new MemoryHistorian()
  const tags = await historian.defineTags(columns.map(([type], n) => ({ thing: 'press', property: `p${n}`, type })))
  const batch = new BatchBuilder()
  for (const [n, [, rows]] of columns.entries())
    for (const [time, value, quality = 0] of rows) batch.add(tags[n]!.id, noon + time, value, quality)
  await historian.append(batch.build({ source: 'test', sequence: 0, arrivedAt: noon }))
  return historian
}

describe('states', () => {
  const shift: Rows = [
    [-50, 'idle'],
    [10, 'run'],
    [20, 'run', 2],
    [30, null, 6],
    [40, 'run'],
    [60, 'stop'],
  ]
  const range = { tag: 1, from: noon, to: noon + 100, limit: 100 }

  it('hold until the next row, from the one before the range to its end', async () => {
    const states = await readStates(await holding(['string', shift]), range)
    expect(
      states.intervals.map(({ start, end, ...rest }) => ({ start: start - noon, end: end - noon, ...rest })),
    ).toEqual([
      { start: 0, end: 10, value: 'idle', quality: 0 },
      { start: 10, end: 30, value: 'run', quality: 2 },
      { start: 30, end: 40, value: null, quality: 6 },
      { start: 40, end: 60, value: 'run', quality: 0 },
      { start: 60, end: 100, value: 'stop', quality: 0 },
    ])
    expect(states.totals).toEqual([
      { value: 'run', us: 40, times: 2 },
      { value: 'stop', us: 40, times: 1 },
      { value: 'idle', us: 10, times: 1 },
    ])
    expect(states).toMatchObject({ unknownUs: 10, truncated: false })
  })

  it('are unknown before the first row', async () => {
    const states = await readStates(await holding(['boolean', [[30, true]]]), range)
    expect(states.intervals.map(({ value }) => value)).toEqual([null, true])
    expect(states.unknownUs).toBe(30)
  })

  it('are summed up by step as well, and the totals hold what the limit cuts off', async () => {
    const edges = Float64Array.from([noon, noon + 25, noon + 50, noon + 100])
    const states = await readStates(await holding(['string', shift]), { ...range, limit: 2, edges })
    expect(states.intervals).toHaveLength(2)
    expect(states.truncated).toBe(true)
    expect(states.totals[0]).toEqual({ value: 'run', us: 40, times: 2 })
    expect(states.buckets?.map(({ totals }) => totals)).toEqual([
      [
        { value: 'run', us: 15 },
        { value: 'idle', us: 10 },
      ],
      [{ value: 'run', us: 15 }],
      [
        { value: 'stop', us: 40 },
        { value: 'run', us: 10 },
      ],
    ])
  })

  it('are refused for numbers, ranges without an end, counters, unknown tags', async () => {
    const counter = Array.from({ length: 1001 }, (_, n) => [n, n] as const)
    const historian = await holding(['number', [[0, 1]]], ['integer', counter])
    const refused = (code: string, query: Partial<typeof range>) =>
      expect(readStates(historian, { ...range, ...query })).rejects.toMatchObject({ code })
    await refused('IW_HISTORIAN_TYPE', {})
    await refused('IW_HISTORIAN_TOO_MUCH', { tag: 2, to: noon + 2000 })
    await refused('IW_HISTORIAN_UNKNOWN_TAG', { tag: 9 })
    await refused('IW_HISTORIAN_RANGE', { tag: 2, to: noon })
    await refused('IW_HISTORIAN_RANGE', { tag: 2, to: Number.POSITIVE_INFINITY })
    await refused('IW_HISTORIAN_RANGE', { tag: 2, limit: -1 })
  })

  it('stop when nobody waits for them any more', async () => {
    const query = readStates(await holding(['string', shift]), { ...range, signal: AbortSignal.abort() })
    await expect(query).rejects.toThrow('abort')
  })

  it('cover every moment once, whatever came in whatever order', async () => {
    const value = fc.constantFrom<Value>('a', 'b', 'c', null)
    const rows = fc.array(fc.tuple(fc.integer({ min: -20, max: 120 }), value), { maxLength: 40 })
    const cuts = fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(rows, cuts, async (rows, cuts) => {
        const edges = Float64Array.from(
          cuts.toSorted((a, b) => a - b),
          (cut) => noon + cut,
        )
        const query = { ...range, edges }
        const states = await readStates(await holding(['string', rows]), query)
        const at = (time: number): Value => {
          const before = rows.filter(([when]) => when <= time)
          const newest = Math.max(...before.map(([when]) => when))
          return before.findLast(([when]) => when === newest)?.[1] ?? null
        }
        const moments = Array.from({ length: 100 }, (_, time) => at(time))
        const told = states.intervals.flatMap(({ start, end, value }) => new Array<Value>(end - start).fill(value))
        expect(told).toEqual(moments)
        const count = (of: readonly Value[], value: Value) => of.filter((one) => one === value).length
        for (const { value, us } of states.totals) expect(us).toBe(count(moments, value))
        expect(states.unknownUs).toBe(count(moments, null))
        for (const { start, end, totals } of states.buckets!)
          for (const { value, us } of totals) expect(us).toBe(count(moments.slice(start - noon, end - noon), value))
        const inBuckets = states.buckets!.flatMap(({ totals }) => totals).reduce((sum, { us }) => sum + us, 0)
        const known = moments.slice(edges[0]! - noon, edges.at(-1)! - noon).filter((one) => one !== null)
        expect(inBuckets).toBe(known.length)
      }),
      { numRuns: 300 },
    )
  })
})

describe('common points in time', () => {
  const edgesOf = (...points: readonly number[]) => Float64Array.from(points, (point) => noon + point)
  async function aligned(historian: MemoryHistorian, query: AlignQuery) {
    const columns: Value[][] = query.tags.map(() => [])
    for await (const { values } of alignTags(historian, query))
      for (const [at, column] of values.entries()) columns[at]!.push(...column)
    return columns
  }
  const temperature: Rows = [
    [-10, 10],
    [10, 20],
    [15, null],
    [25, 30],
    [35, 40],
  ]

  it('take the value that held, a straight line, or only what came within the step', async () => {
    const historian = await holding(['number', temperature], ['string', [[12, 'run']]], ['boolean', [[0, true]]])
    const edges = edgesOf(0, 10, 20, 30, 40, 50)
    const of = (interpolation: AlignQuery['interpolation']) =>
      aligned(historian, { tags: [1, 2, 3], edges, interpolation })
    expect(await of('previous')).toEqual([
      [10, 20, null, 30, 40],
      [null, null, 'run', 'run', 'run'],
      [true, true, true, true, true],
    ])
    expect((await of('linear'))[0]).toEqual([15, 20, null, 35, null])
    expect((await of('linear'))[1]).toEqual([null, null, 'run', 'run', 'run'])
    expect(await of('none')).toEqual([
      [null, null, 30, 40, null],
      [null, 'run', null, null, null],
      [true, null, null, null, null],
    ])
  })

  it('come in slices, in which nothing is lost', async () => {
    const historian = await holding(['integer', Array.from({ length: 6000 }, (_, n) => [n, n] as const)])
    const edges = Float64Array.from({ length: 5001 }, (_, n) => noon + n)
    const slices: number[] = []
    for await (const { time } of alignTags(historian, { tags: [1], edges, interpolation: 'previous' }))
      slices.push(time.length)
    expect(slices.length).toBeGreaterThan(1)
    expect((await aligned(historian, { tags: [1], edges, interpolation: 'previous' }))[0]).toEqual(
      Array.from({ length: 5000 }, (_, n) => n),
    )
  })

  it('are the same where there are thousands of rows between two of them', async () => {
    const historian = await holding(['number', Array.from({ length: 40_000 }, (_, n) => [n, n] as const)])
    const edges = edgesOf(-20_000, 0, 12_000, 24_000, 36_000, 48_000)
    const of = (interpolation: AlignQuery['interpolation']) => aligned(historian, { tags: [1], edges, interpolation })
    const before = vi.spyOn(historian, 'before')
    expect(await of('previous')).toEqual([[null, 0, 12_000, 24_000, 36_000]])
    expect(before.mock.calls.length).toBeGreaterThan(4)
    expect(await of('linear')).toEqual([[null, 0, 12_000, 24_000, 36_000]])
    expect(await of('none')).toEqual([[null, 11_999, 23_999, 35_999, 39_999]])
  })

  it('are refused for too many tags or points, and for edges that do not ascend', async () => {
    const historian = await holding(['number', temperature])
    const refused = (code: string, query: Partial<AlignQuery>) => {
      const slices = alignTags(historian, { tags: [1], edges: edgesOf(0, 1), interpolation: 'none', ...query })
      return expect(slices.next()).rejects.toMatchObject({ code })
    }
    await refused('IW_HISTORIAN_TOO_MUCH', { tags: new Array(101).fill(1) })
    await refused('IW_HISTORIAN_TOO_MUCH', { tags: [] })
    await refused('IW_HISTORIAN_TOO_MUCH', { edges: Float64Array.from({ length: 100_002 }, (_, n) => n) })
    await refused('IW_HISTORIAN_RANGE', { edges: edgesOf(0, 2, 1) })
    await refused('IW_HISTORIAN_RANGE', { edges: edgesOf(0) })
    await refused('IW_HISTORIAN_UNKNOWN_TAG', { tags: [1, 7] })
  })
})

describe('similar tags', () => {
  const points = 1280
  const wave = (shift: number, scale: number): Rows =>
    Array.from({ length: points }, (_, n) => [
      n * 1e6,
      scale * Math.sin((n - shift) / 90) + scale * Math.cos((n - shift) / 37),
    ])
  const noise: Rows = Array.from({ length: points }, (_, n) => [n * 1e6, ((n * 7919) % 101) - 50])
  const range = { tag: 1, from: noon, to: noon + points * 1e6, limit: 10 }

  it('are found with their shift and their sign, the closest first', async () => {
    const still: Rows = Array.from({ length: points }, (_, n) => [n * 1e6, 5])
    const historian = await holding(
      ['number', wave(0, 1)],
      ['number', wave(50, 1000)],
      ['number', wave(-30, -0.01)],
      ['number', noise],
      ['number', still],
      ['string', [[0, 'run']]],
    )
    const { compared, similar } = await similarTags(historian, { ...range, candidates: [1, 2, 3, 4, 5, 6] })
    expect(compared).toBe(3)
    expect(similar.slice(0, 2).map(({ tag, lagUs }) => [tag, lagUs])).toEqual(
      expect.arrayContaining([
        [2, 50e6],
        [3, -30e6],
      ]),
    )
    expect(similar.find(({ tag }) => tag === 2)!.correlation).toBeGreaterThan(0.99)
    expect(similar.find(({ tag }) => tag === 3)!.correlation).toBeLessThan(-0.99)
    expect(similar[2]!.tag).toBe(4)
    expect(Math.abs(similar[2]!.correlation)).toBeLessThan(0.5)
    expect((await similarTags(historian, { ...range, candidates: [2, 3, 4], limit: 1 })).similar).toHaveLength(1)
  })

  it('are given up when nobody waits, and refused for too many', async () => {
    const historian = await holding(['number', noise])
    const given = similarTags(historian, { ...range, candidates: [1], signal: AbortSignal.abort() })
    await expect(given).rejects.toThrow('abort')
    const many = similarTags(historian, { ...range, candidates: new Array(2001).fill(1) })
    await expect(many).rejects.toMatchObject({ code: 'IW_HISTORIAN_TOO_MUCH' })
    const unknown = similarTags(historian, { ...range, tag: 99, candidates: [] })
    await expect(unknown).rejects.toMatchObject({ code: 'IW_HISTORIAN_UNKNOWN_TAG' })
  })
})
