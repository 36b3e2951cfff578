import type { TagId } from '#model'
import { type ChunkInput, chunkRows } from '../parts/chunk.ts'
import type { PartWriter } from '../parts/part-writer.ts'
import type { TagTable } from '../tags.ts'
import type { SegmentColumns } from './columns.ts'

/** Texts of one chunk, in characters: a chunk is read as a whole. */
const chunkTextLength = 1 << 20

const newChunk = (): ChunkInput => ({
  count: 0,
  time: new Float64Array(chunkRows),
  value: new Float64Array(chunkRows),
  quality: new Uint8Array(chunkRows),
  arrivedAt: new Float64Array(chunkRows),
  integerRow: [],
  integer: [],
})

/**
 * Writes the rows of a segment sorted by (tag, time), each (tag, time) once: the row that arrived last wins. Returns the
 * ids of the tags there were.
 */
export function writeRows(columns: SegmentColumns, tags: TagTable, writer: PartWriter): readonly TagId[] {
  const begin = columns.sortByTag(tags.highest)
  const chunk = newChunk()
  const seen: TagId[] = []
  for (let tag = 1; tag <= tags.highest; tag++) {
    const from = begin[tag]!
    const to = begin[tag + 1]!
    if (from === to) continue
    seen.push(tag)
    const rows = columns.order.subarray(from, to)
    const { time } = columns
    if (!isAscending(rows, time)) rows.sort((a, b) => time[a]! - time[b]! || a - b)
    writeTag(tag, rows, columns, chunk, tags.isString(tag), writer)
  }
  return seen
}

/** Whether times grow strictly, so that there is nothing to sort and nothing twice. */
function isAscending(rows: Int32Array, time: Float64Array): boolean {
  let previous = Number.NEGATIVE_INFINITY
  for (let i = 0; i < rows.length; i++) {
    const when = time[rows[i]!]!
    if (when <= previous) return false
    previous = when
  }
  return true
}

function writeTag(
  tag: TagId,
  rows: Int32Array,
  columns: SegmentColumns,
  chunk: ChunkInput,
  isString: boolean,
  writer: PartWriter,
): void {
  const { time, value, quality, batch, arrivals, texts, integers } = columns
  let textLength = 0
  startChunk(chunk, isString)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    if (i + 1 < rows.length && time[rows[i + 1]!] === time[row]) continue
    const at = chunk.count++
    chunk.time[at] = time[row]!
    chunk.quality[at] = quality[row]!
    chunk.arrivedAt[at] = arrivals[batch[row]!]!
    if (isString) {
      const text = texts[value[row]!] ?? null
      chunk.value[at] = Number.NaN
      chunk.text!.push(text)
      textLength += text?.length ?? 0
    } else chunk.value[at] = value[row]!
    if (integers.size > 0 && integers.has(row)) {
      chunk.integerRow.push(at)
      chunk.integer.push(integers.get(row)!)
    }
    if (chunk.count === chunkRows || textLength > chunkTextLength) {
      writer.add(tag, chunk)
      startChunk(chunk, isString)
      textLength = 0
    }
  }
  if (chunk.count > 0) writer.add(tag, chunk)
}

function startChunk(chunk: ChunkInput, isString: boolean): void {
  chunk.count = 0
  chunk.text = isString ? [] : undefined
  if (chunk.integerRow.length === 0) return
  chunk.integerRow = []
  chunk.integer = []
}
