import type { TagId } from '#model'
import type { LastValues } from '../head/last-values.ts'
import { type ChunkInput, chunkRows } from '../parts/chunk.ts'
import type { PartWriter } from '../parts/part-writer.ts'
import type { TagTable } from '../tags.ts'
import { recordNumbers, type SegmentRecords } from './records.ts'

/** Texts of one chunk, in characters: a chunk is read as a whole. */
const chunkTextLength = 1 << 20

/**
 * Writes the rows of a segment sorted by (tag, time), each (tag, time) once: the row that arrived last wins. Brings the
 * last values up to date on the way. Returns the ids of the tags there were.
 */
export function writeRows(
  records: SegmentRecords,
  tags: TagTable,
  last: LastValues,
  writer: PartWriter,
): readonly TagId[] {
  const seen: TagId[] = []
  last.reserve(tags.highest)
  const chunks = new ChunkWriter(records, writer)
  for (let tag = 1; tag <= tags.highest; tag++) {
    const [from, to] = records.rowsOf(tag)
    if (from === to) continue
    seen.push(tag)
    const isString = tags.isString(tag)
    addLast(tag, from, to, records, isString, last)
    chunks.begin(tag, isString)
    if (isAscending(records.records, from, to)) for (let row = from; row < to; row++) chunks.add(row)
    else for (const row of sorted(records.records, from, to)) chunks.add(row)
    chunks.end()
  }
  return seen
}

/** Whether times grow strictly, so that there is nothing to sort and nothing twice. */
function isAscending(records: Float64Array, from: number, to: number): boolean {
  let previous = Number.NEGATIVE_INFINITY
  for (let at = from * recordNumbers; at < to * recordNumbers; at += recordNumbers) {
    if (records[at]! <= previous) return false
    previous = records[at]!
  }
  return true
}

/** Rows by time, each time once. Rows are in the order of arrival, so the greater row is the later one. */
function sorted(records: Float64Array, from: number, to: number): readonly number[] {
  const time = (row: number) => records[row * recordNumbers]!
  const rows = Array.from({ length: to - from }, (_, index) => from + index)
  rows.sort((a, b) => time(a) - time(b) || a - b)
  return rows.filter((row, index) => index + 1 === rows.length || time(rows[index + 1]!) !== time(row))
}

function addLast(
  tag: TagId,
  from: number,
  to: number,
  rows: SegmentRecords,
  isString: boolean,
  last: LastValues,
): void {
  const { records, integers, texts } = rows
  for (let row = from; row < to; row++) {
    const at = row * recordNumbers
    const value = records[at + 1]!
    const side = isString ? texts[value] : integers.size > 0 ? integers.get(row) : undefined
    last.addRow(tag, records[at]!, records[at + 2]!, isString ? Number.NaN : value, records[at + 3]!, side)
  }
}

/** Gathers the rows of a tag into chunks. */
class ChunkWriter {
  readonly #rows: SegmentRecords
  readonly #writer: PartWriter
  readonly #chunk: ChunkInput = {
    count: 0,
    time: new Float64Array(chunkRows),
    value: new Float64Array(chunkRows),
    quality: new Uint8Array(chunkRows),
    arrivedAt: new Float64Array(chunkRows),
    integerRow: [],
    integer: [],
  }
  #tag = 0
  #isString = false
  #textLength = 0

  constructor(rows: SegmentRecords, writer: PartWriter) {
    this.#rows = rows
    this.#writer = writer
  }

  begin(tag: TagId, isString: boolean): void {
    this.#tag = tag
    this.#isString = isString
    this.#reset()
  }

  add(row: number): void {
    const chunk = this.#chunk
    const { records, integers } = this.#rows
    const from = row * recordNumbers
    const at = chunk.count++
    chunk.time[at] = records[from]!
    chunk.value[at] = records[from + 1]!
    chunk.arrivedAt[at] = records[from + 2]!
    chunk.quality[at] = records[from + 3]!
    if (this.#isString) this.#addText(at)
    else if (integers.size > 0 && integers.has(row)) {
      chunk.integerRow.push(at)
      chunk.integer.push(integers.get(row)!)
    }
    if (chunk.count === chunkRows || this.#textLength > chunkTextLength) this.end()
  }

  end(): void {
    if (this.#chunk.count > 0) this.#writer.add(this.#tag, this.#chunk)
    this.#reset()
  }

  #addText(at: number): void {
    const text = this.#rows.texts[this.#chunk.value[at]!] ?? null
    this.#chunk.value[at] = Number.NaN
    this.#chunk.text!.push(text)
    this.#textLength += text?.length ?? 0
  }

  #reset(): void {
    const chunk = this.#chunk
    chunk.count = 0
    chunk.text = this.#isString ? [] : undefined
    this.#textLength = 0
    if (chunk.integerRow.length === 0) return
    chunk.integerRow = []
    chunk.integer = []
  }
}
