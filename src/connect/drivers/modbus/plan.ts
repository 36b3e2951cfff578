import type { Table } from './point.ts'

/** Something to be read: registers or bits that belong together and are never split. */
export interface PlanItem {
  readonly table: Table
  readonly at: number
  readonly size: number
}

/** One request: a span of a table and the items in it, by index. */
export interface PlanBlock {
  readonly table: Table
  readonly at: number
  readonly count: number
  readonly items: readonly number[]
}

/** A stretch of a table that stands in the way of reading. */
export interface Hole {
  readonly table: Table
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

export interface PlanLimits {
  readonly maxRegisters: number
  readonly maxBits: number
  /** Most unused registers read along to join two items. */
  readonly gap: number
  /** What cannot be read across as a whole; its parts may be. One without length parts two neighbours. */
  readonly gaps: readonly Hole[]
  /** What the device does not give; nothing in it is asked for. */
  readonly refused: readonly Hole[]
}

/** A register costs 16 bits on the wire, so that many more bits may be read along. */
const bitsPerRegister = 16

export const isBitTable = (table: Table): boolean => table === 'coil' || table === 'discrete'

/**
 * Groups items into as few requests as the limits permit: sorted by table and address, joined over unused
 * registers, never across a known gap, never over the limits. Each item is in exactly one block; refused ones are left
 * out. An item that covers a known gap is asked alone: the gap was found beside it, and tells nothing about it.
 */
export function plan(items: readonly PlanItem[], limits: PlanLimits): PlanBlock[] {
  const order = items
    .map((_, index) => index)
    .filter((index) => !limits.refused.some((hole) => touches(items[index]!, hole)))
    .toSorted((a, b) => compare(items[a]!, items[b]!))
  const blocks: PlanBlock[] = []
  let current: number[] = []
  let span: { table: Table; at: number; end: number } | undefined
  for (const index of order) {
    const item = items[index]!
    const end = item.at + item.size
    if (span && joins(span, item, limits)) {
      current.push(index)
      span.end = Math.max(span.end, end)
    } else {
      if (span) blocks.push({ table: span.table, at: span.at, count: span.end - span.at, items: current })
      current = [index]
      span = { table: item.table, at: item.at, end }
    }
  }
  if (span) blocks.push({ table: span.table, at: span.at, count: span.end - span.at, items: current })
  return blocks
}

function joins(span: { table: Table; at: number; end: number }, item: PlanItem, limits: PlanLimits): boolean {
  const bits = isBitTable(item.table)
  const most = bits ? limits.maxBits : limits.maxRegisters
  const gap = bits ? limits.gap * bitsPerRegister : limits.gap
  const end = Math.max(span.end, item.at + item.size)
  const joined = { table: item.table, at: span.at, size: end - span.at }
  return (
    span.table === item.table &&
    item.at - span.end <= gap &&
    joined.size <= most &&
    !limits.gaps.some((hole) => crosses(joined, hole)) &&
    !limits.refused.some((hole) => touches(joined, hole))
  )
}

const touches = ({ table, at, size }: PlanItem, hole: Hole): boolean =>
  hole.table === table && hole.from < at + size && hole.to > at

/** Whether it goes over the whole of a gap, or on both sides of one without length. */
const crosses = ({ table, at, size }: PlanItem, { table: parted, from, to }: Hole): boolean =>
  parted === table && (from === to ? at < from && to < at + size : at <= from && to <= at + size)

const compare = (a: PlanItem, b: PlanItem): number =>
  a.table < b.table ? -1 : a.table > b.table ? 1 : a.at - b.at || a.size - b.size

/**
 * The two halves of a block with several items, split between items as near to the middle as can be; no item that
 * begins in the first half is in the second, though with overlapping items the spans may overlap.
 */
export function split(block: PlanBlock, items: readonly PlanItem[]): readonly [PlanBlock, PlanBlock] {
  const middle = block.at + block.count / 2
  let cut = 1
  for (let i = 1; i < block.items.length; i++)
    if (Math.abs(items[block.items[i]!]!.at - middle) < Math.abs(items[block.items[cut]!]!.at - middle)) cut = i
  return [part(block, items, block.items.slice(0, cut)), part(block, items, block.items.slice(cut))]
}

function part({ table }: PlanBlock, items: readonly PlanItem[], indices: readonly number[]): PlanBlock {
  const at = items[indices[0]!]!.at
  const end = Math.max(...indices.map((index) => items[index]!.at + items[index]!.size))
  return { table, at, count: end - at, items: indices }
}
