import type { HeadSegment } from '../head/head-segment.ts'
import { pageRows } from '../head/pages.ts'
import type { RowPage } from '../parts/chunk.ts'
import { breathe, type Range, type RowSource, type Slice } from './source.ts'

const sliceRows = 4096
/** Of the first slice where the newest come first; those after it grow. */
const firstRows = 64
const stepsABreath = 30_000

/** The rows of a head segment, as they were when the source was made. The caller has pinned the segment. */
export function headSource(segment: HeadSegment, rank: number, tag: number, isString: boolean): RowSource {
  const newest = segment.newestRow(tag)
  return {
    rank,
    earliest: segment.earliest,
    latest: segment.latest,
    isInMemory: true,
    async *slices(range: Range): AsyncGenerator<Slice> {
      if (range.descending && segment.isOrdered(tag)) return yield* newestFirst(segment, newest, range, isString)
      const rows = await rowsOf(segment, newest, range)
      const count = rows.length
      for (let done = 0; done < count; done += sliceRows) {
        const length = Math.min(sliceRows, count - done)
        const from = range.descending ? count - done - length : done
        yield sliceOfRows(segment, rows.subarray(from, from + length), isString)
      }
    },
  }
}

/** Ordered rows are linked newest first: who wants only the last few does not wait for the rest. */
async function* newestFirst(
  segment: HeadSegment,
  newest: number,
  { from, to }: Range,
  isString: boolean,
): AsyncGenerator<Slice> {
  let found = new Int32Array(firstRows)
  let count = 0
  let steps = 0
  let later = Number.POSITIVE_INFINITY
  for (let next = newest; next !== 0; ) {
    const row = next - 1
    const { time, previous } = segment.page(row)
    const at = row & (pageRows - 1)
    const when = time[at]!
    if (when < from) break
    if (count === found.length) {
      yield sliceOfRows(segment, found.reverse(), isString)
      found = new Int32Array(Math.min(sliceRows, found.length * 4))
      count = 0
    }
    // Of rows with one time the last that came counts: it is met first, and the others come right after it.
    if (when < to && when < later) found[count++] = row
    later = when
    next = previous[at]!
    if (++steps % stepsABreath === 0) await breathe()
  }
  if (count > 0) yield sliceOfRows(segment, found.subarray(0, count).reverse(), isString)
}

function sliceOfRows(segment: HeadSegment, rows: Int32Array, isString: boolean): Slice {
  return { page: pageOf(segment, rows, isString), begin: 0, end: rows.length }
}

/** Rows of the tag in the range, ascending by time, each time once: the one that came last. */
async function rowsOf(segment: HeadSegment, newest: number, { tag, from, to }: Range): Promise<Int32Array> {
  const ordered = segment.isOrdered(tag)
  let found = new Int32Array(256)
  let count = 0
  let steps = 0
  for (let next = newest; next !== 0; ) {
    const row = next - 1
    const page = segment.page(row)
    const at = row & (pageRows - 1)
    const time = page.time[at]!
    if (time >= from && time < to) {
      if (count === found.length) found = grown(found)
      found[count++] = row
    } else if (ordered && time < from) break
    next = page.previous[at]!
    if (++steps % stepsABreath === 0) await breathe()
  }
  const rows = found.subarray(0, count).reverse()
  const timeOf = (row: number) => segment.page(row).time[row & (pageRows - 1)]!
  if (!ordered) rows.sort((a, b) => timeOf(a) - timeOf(b) || a - b)
  return lastOfEach(rows, timeOf)
}

function grown(rows: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(rows.length * 2)
  larger.set(rows)
  return larger
}

function lastOfEach(rows: Int32Array, timeOf: (row: number) => number): Int32Array {
  let kept = 0
  for (let i = 0; i < rows.length; i++) {
    if (i + 1 < rows.length && timeOf(rows[i + 1]!) === timeOf(rows[i]!)) continue
    rows[kept++] = rows[i]!
  }
  return rows.subarray(0, kept)
}

function pageOf(segment: HeadSegment, rows: Int32Array, isString: boolean): RowPage {
  const count = rows.length
  const time = new Float64Array(count)
  const value = new Float64Array(count)
  const quality = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    const page = segment.page(rows[i]!)
    const at = rows[i]! & (pageRows - 1)
    time[i] = page.time[at]!
    value[i] = page.value[at]!
    quality[i] = page.quality[at]!
  }
  if (isString) {
    const text = Array.from(value, (code) => segment.textOf(code))
    return { count, time, value: value.fill(Number.NaN), quality, text }
  }
  if (!segment.hasIntegers) return { count, time, value, quality }
  return { count, time, value, quality, integer: Array.from(rows, (row) => segment.integerOf(row)) }
}
