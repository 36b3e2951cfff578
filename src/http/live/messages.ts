import type { Microseconds } from '#kernel'
import { qualityNames, type TagId, type Value } from '#model'
import type { Historian } from '#ports'
import type { LiveMessage } from '../contract.ts'

/** How a message is put on the wire. */
export type LiveFormat = 'sse' | 'websocket'

/** One message as UTF-8, for both formats; `json` is a view into `sse`. */
export interface EncodedMessage {
  readonly json: Buffer
  readonly sse: Buffer
}

/** Other news than readings. */
export type News = Exclude<LiveMessage, { type: 'readings' }>

export const encodeNews = (news: News): EncodedMessage =>
  message(Buffer.from(frame(news.type, JSON.stringify(news))), news.type)

/** A server-sent event (HTML §9.2.6). */
const frame = (type: LiveMessage['type'], json: string): string => `${frameStart(type)}${json}\n\n`
const frameStart = (type: LiveMessage['type']): string => `event: ${type}\ndata: `

const message = (sse: Buffer, type: LiveMessage['type']): EncodedMessage => ({
  sse,
  json: sse.subarray(frameStart(type).length, sse.length - 2),
})

const qualityTexts = qualityNames.map((name) => `"${name}"]`)

const comma = 0x2c
const bracket = 0x5b

/** Short texts of digits and letters: cheaper than a call of `Buffer.write`, and without a string made of pieces. */
function writeAscii(bytes: Buffer, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
  return at + text.length
}

/** The longest row that has no text in it, in bytes. */
const longestRow = 128

/**
 * Puts the newest readings of tags into one message. Written by hand, row by row into bytes that are used again: it is
 * the one encoding that happens ten times a second for every view somebody has open, and a string of ten thousand rows
 * would be a tree of a hundred thousand pieces before it became bytes.
 */
export class ReadingsEncoder {
  #bytes = Buffer.allocUnsafe(4096)

  /** The message, or undefined where none of the tags has a reading. */
  encode(tags: ArrayLike<TagId>, historian: Pick<Historian, 'eachLast'>, at: Microseconds): EncodedMessage | undefined {
    let bytes = this.#bytes
    let end = bytes.write(`${frameStart('readings')}{"type":"readings","at":${at},"readings":[`, 0, 'latin1')
    const empty = end
    // What one answer of a machine brought has one time: it is put into digits once.
    let time = Number.NaN
    let timeDigits = ''
    historian.eachLast(tags, (tag, readAt, value, quality) => {
      if (readAt !== time) {
        time = readAt
        timeDigits = String(time)
      }
      const text = valueText(value)
      const needed = end + longestRow + text.length * 3
      if (needed > bytes.length) bytes = grown(bytes, Math.max(needed, bytes.length * 2))
      if (end !== empty) bytes[end++] = comma
      bytes[end++] = bracket
      end = writeAscii(bytes, end, String(tag))
      bytes[end++] = comma
      end = writeAscii(bytes, end, timeDigits)
      bytes[end++] = comma
      end = typeof value === 'string' ? end + bytes.write(text, end) : writeAscii(bytes, end, text)
      bytes[end++] = comma
      end = writeAscii(bytes, end, qualityTexts[quality] ?? '"comm_error"]')
    })
    this.#bytes = bytes
    if (end === empty) return undefined
    end += bytes.write(']}\n\n', end, 'latin1')
    return message(Buffer.from(bytes.subarray(0, end)), 'readings')
  }
}

function grown(from: Buffer, size: number): Buffer<ArrayBuffer> {
  const to = Buffer.allocUnsafe(size)
  from.copy(to)
  return to
}

function valueText(value: Value): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null'
  if (typeof value === 'bigint') return `"${value}"`
  return JSON.stringify(value)
}

/** Messages as the bytes that every client of the format gets: one buffer for SSE, one a message for WebSocket. */
export function framesOf(messages: readonly EncodedMessage[], format: LiveFormat): readonly Buffer[] {
  if (format === 'websocket') return messages.map(({ json }) => json)
  return messages.length < 2 ? messages.map(({ sse }) => sse) : [Buffer.concat(messages.map(({ sse }) => sse))]
}
