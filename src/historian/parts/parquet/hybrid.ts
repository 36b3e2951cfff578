import { corrupt } from '../../files/corrupt.ts'
import type { Span } from './span.ts'

/*
 * The RLE / bit-packing hybrid (Encodings.md): runs, each a varint, even for one value repeated n/2 times, odd for n/2 groups
 * of eight values of `width` bits, least significant bits first.
 */

/** Walks the runs of a hybrid sequence. */
class Runs {
  readonly #span: Span
  readonly #to: number
  readonly #width: number
  #at: number
  /** Values in the run. */
  length = 0
  /** The value, where the run repeats one; -1 where it is bit-packed. */
  value = 0
  /** Where the packed values begin. */
  packed = 0

  constructor(span: Span, from: number, to: number, width: number) {
    this.#span = span
    this.#at = from
    this.#to = to
    this.#width = width
  }

  /** Goes to the next run. Throws `IW_HISTORIAN_CORRUPT` where there is none. */
  next(): void {
    const head = this.#varint()
    if (head & 1) {
      this.length = (head >>> 1) * 8
      this.value = -1
      this.packed = this.#take((head >>> 1) * this.#width)
    } else {
      this.length = head >>> 1
      const bytes = (this.#width + 7) >> 3
      const at = this.#take(bytes)
      if (at + bytes > this.#to) throw corrupt('a run ends too early')
      this.value = bytes === 0 ? 0 : this.#span.view.getUint32(at, true) & (0xffffffff >>> (32 - bytes * 8))
    }
    if (this.length === 0) throw corrupt('a run has no length')
  }

  #varint(): number {
    let value = 0
    for (let shift = 0; shift < 32; shift += 7) {
      const byte = this.#span.bytes[this.#take(1)]!
      value |= (byte & 127) << shift
      if (byte < 128) return value >>> 0
    }
    throw corrupt('the length of a run has no end')
  }

  /** The last packed run may be cut short after the last value: what lies beyond is then not read. */
  #take(bytes: number): number {
    const at = this.#at
    if (at >= this.#to && bytes > 0) throw corrupt('its runs end too early')
    this.#at = at + bytes
    return at
  }

  /** Whether the packed values up to `count` lie in the span. */
  check(count: number): void {
    if (this.value < 0 && this.packed + ((count * this.#width + 7) >> 3) > this.#to)
      throw corrupt('a run ends too early')
  }
}

const maskOf = (width: number): number => (width === 0 ? 0 : 0xffffffff >>> (32 - width))

/** How many of the first `count` levels are 1. All rows having a value, the usual case, costs nothing. */
export function countPresent(span: Span, [from, to]: readonly [number, number], count: number): number {
  const runs = new Runs(span, from, to, 1)
  let present = 0
  for (let done = 0; done < count; done += runs.length) {
    runs.next()
    const length = Math.min(runs.length, count - done)
    runs.check(length)
    if (runs.value >= 0) present += runs.value === 1 ? length : 0
    else present += onesIn(span.bytes, runs.packed, length)
  }
  return present
}

function onesIn(bytes: Uint8Array, at: number, count: number): number {
  let ones = 0
  for (let i = 0; i < count; i++) ones += (bytes[at + (i >> 3)]! >> (i & 7)) & 1
  return ones
}

/** Whether each of the levels `skip` to `skip + present.length` is 1. */
export function readPresent(
  span: Span,
  [from, to]: readonly [number, number],
  skip: number,
  present: Uint8Array,
): void {
  const runs = new Runs(span, from, to, 1)
  const end = skip + present.length
  for (let done = 0; done < end; done += runs.length) {
    runs.next()
    const begin = Math.max(skip, done)
    const stop = Math.min(end, done + runs.length)
    if (stop <= begin) continue
    runs.check(stop - done)
    if (runs.value >= 0) present.fill(runs.value === 1 ? 1 : 0, begin - skip, stop - skip)
    else
      for (let i = begin; i < stop; i++) {
        const bit = i - done
        present[i - skip] = (span.bytes[runs.packed + (bit >> 3)]! >> (bit & 7)) & 1
      }
  }
}

/**
 * Values `skip` to `skip + count` of a dictionary-encoded sequence that begins with its bit width, put into `out` from `at`
 * on. Throws `IW_HISTORIAN_CORRUPT`.
 */
export function readDictionary(
  span: Span,
  from: number,
  skip: number,
  count: number,
  dictionary: Float64Array,
  out: Float64Array,
  at: number,
): void {
  const width = from < span.end ? span.bytes[from]! : 0
  if (width > 24) throw corrupt(`a dictionary is asked with ${width} bits`)
  const runs = new Runs(span, from + 1, span.end, width)
  const end = skip + count
  for (let done = 0; done < end; done += runs.length) {
    runs.next()
    const begin = Math.max(skip, done)
    const stop = Math.min(end, done + runs.length)
    if (stop <= begin) continue
    runs.check(stop - done)
    const to = at + begin - skip
    if (runs.value < 0) look(span.view, runs.packed, width, begin - done, stop - begin, dictionary, out, to)
    else if (runs.value < dictionary.length) out.fill(dictionary[runs.value]!, to, to + stop - begin)
    else throw corrupt(`value ${runs.value} of ${dictionary.length} in a dictionary`)
  }
}

/** Looks up bit-packed indices. */
function look(
  view: DataView,
  base: number,
  width: number,
  skip: number,
  count: number,
  dictionary: Float64Array,
  out: Float64Array,
  at: number,
): void {
  const mask = maskOf(width)
  let largest = 0
  let bit = skip * width
  for (let i = 0; i < count; i++, bit += width) {
    const index = (view.getUint32(base + (bit >>> 3), true) >>> (bit & 7)) & mask
    if (index > largest) largest = index
    out[at + i] = dictionary[index]!
  }
  if (largest >= dictionary.length) throw corrupt(`value ${largest} of ${dictionary.length} in a dictionary`)
}
