import { corrupt } from '../../files/corrupt.ts'
import { endOfDeltas, readDeltas } from './delta.ts'
import { Encoding } from './pages.ts'
import type { Span } from './span.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

const textAt = (span: Span, from: number, to: number): string => decoder.decode(span.bytes.subarray(from, to))

/** The texts of a dictionary page, made only when they are asked for. Throws `IW_HISTORIAN_CORRUPT`. */
export function dictionaryTexts(span: Span, entries: number): (index: number) => string {
  if (entries * 4 > span.end) throw corrupt('texts end too early')
  const begins = new Uint32Array(entries + 1)
  const made: (string | undefined)[] = []
  for (let i = 0, at = 0; i < entries; i++) {
    at += 4 + lengthAt(span, at)
    begins[i + 1] = at
  }
  return (index) => {
    made[index] ??= textAt(span, begins[index]! + 4, begins[index + 1]!)
    return made[index]
  }
}

/**
 * Texts `skip` to `skip + count` of a page that has no dictionary; undefined for an encoding that is not known here. Throws
 * `IW_HISTORIAN_CORRUPT`.
 */
export function readTexts(
  span: Span,
  from: number,
  encoding: number,
  skip: number,
  count: number,
): readonly string[] | undefined {
  if (encoding === Encoding.plain) return plainTexts(span, from, skip, count)
  return encoding === Encoding.deltaLength ? deltaLengthTexts(span, from, skip, count) : undefined
}

/** Each with its length before it. */
function plainTexts(span: Span, from: number, skip: number, count: number): readonly string[] {
  const texts: string[] = []
  for (let i = 0, at = from; i < skip + count; i++) {
    const end = at + 4 + lengthAt(span, at)
    if (i >= skip) texts.push(textAt(span, at + 4, end))
    at = end
  }
  return texts
}

/** All lengths, delta-encoded, then all bytes. */
function deltaLengthTexts(span: Span, from: number, skip: number, count: number): readonly string[] {
  const lengths = new Float64Array(skip + count)
  if (!readDeltas(span, from, 0, skip + count, lengths, 0)) throw corrupt('the length of a text is absurd')
  const texts: string[] = []
  let at = endOfDeltas(span, from)
  for (let i = 0; i < lengths.length; i++) {
    const length = lengths[i]!
    if (!(length >= 0 && length <= span.end - at)) throw corrupt('a text goes beyond its page')
    if (i >= skip) texts.push(textAt(span, at, at + length))
    at += length
  }
  return texts
}

function lengthAt(span: Span, at: number): number {
  if (at + 4 > span.end) throw corrupt('texts end too early')
  const length = span.view.getUint32(at, true)
  if (length > span.end - at - 4) throw corrupt('a text goes beyond its page')
  return length
}
