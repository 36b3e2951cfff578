import { maxTextBytes } from '#model'
import { backslash, equals, isDelimiter, newline, quote, space } from './bytes.ts'

/** Start of the line after the one `at` is in. */
export function nextLine(body: Uint8Array, at: number): number {
  const found = body.indexOf(newline, at)
  return found < 0 ? body.length : found + 1
}

/** How many lines end between the two offsets. */
export function linesIn(body: Uint8Array, start: number, end: number): number {
  let lines = 0
  for (let at = body.indexOf(newline, start); at >= 0 && at < end; at = body.indexOf(newline, at + 1)) lines++
  return lines
}

/** The quote that ends the text from `start` on; -1 where there is none, or only behind the longest text permitted. */
export function closingQuote(body: Uint8Array, start: number): number {
  const limit = Math.min(body.length, start + 2 * maxTextBytes + 1)
  for (let at = start; at < limit; at++) {
    const byte = body[at]!
    if (byte === quote) return at
    if (byte === backslash && (body[at + 1] === quote || body[at + 1] === backslash)) at++
  }
  return -1
}

/**
 * Where to go on after a bad line. A line end inside properly quoted text does not end the line, so that no text can pass
 * for a line; but where quotes are not balanced, or something stands behind the closing one, they are not believed, and the
 * next line is not lost.
 */
export function afterBadLine(body: Uint8Array, lineStart: number): number {
  let behindKey = false
  for (let at = lineStart; at < body.length; at++) {
    const byte = body[at]!
    if (byte === newline) return at + 1
    if (byte === backslash && body[at + 1] !== newline) at++
    else if (byte === space) behindKey = true
    else if (byte === equals && behindKey && body[at + 1] === quote) {
      const close = closingQuote(body, at + 2)
      const believed = close >= 0 && (close + 1 >= body.length || isDelimiter(body[close + 1]!))
      if (!believed) return nextLine(body, lineStart)
      at = close
    }
  }
  return body.length
}
