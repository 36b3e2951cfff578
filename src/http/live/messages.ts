import type { Microseconds } from '#kernel'
import { qualityNames, type TagId, type Value } from '#model'
import type { Historian } from '#ports'
import type { LiveMessage } from '../contract.ts'

/** How a message is put on the wire. */
export type LiveFormat = 'sse' | 'websocket'

/** One message as JSON, with its type for `event:`. */
export interface EncodedMessage {
  readonly type: LiveMessage['type']
  readonly json: string
}

/** Other news than readings. */
export type News = Exclude<LiveMessage, { type: 'readings' }>

export const encodeNews = (news: News): EncodedMessage => ({ type: news.type, json: JSON.stringify(news) })

const qualityTexts = qualityNames.map((name) => `"${name}"]`)

/**
 * The newest readings of the tags as one message; undefined where none of them has any. Written by hand: it is the one
 * encoding that happens ten times a second for every view somebody has open.
 */
export function encodeReadings(
  tags: readonly TagId[],
  historian: Pick<Historian, 'last'>,
  at: Microseconds,
): EncodedMessage | undefined {
  let rows = ''
  for (const tag of tags) {
    const last = historian.last(tag)
    if (!last) continue
    if (rows !== '') rows += ','
    rows += `[${tag},${last.time},${valueText(last.value)},${qualityTexts[last.quality] ?? '"comm_error"]'}`
  }
  if (rows === '') return undefined
  return { type: 'readings', json: `{"type":"readings","at":${at},"readings":[${rows}]}` }
}

function valueText(value: Value): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null'
  if (typeof value === 'bigint') return `"${value}"`
  return JSON.stringify(value)
}

/** Messages as the bytes that every client of the format gets: one buffer for SSE, one a message for WebSocket. */
export function framesOf(messages: readonly EncodedMessage[], format: LiveFormat): readonly Buffer[] {
  if (messages.length === 0) return []
  if (format === 'websocket') return messages.map(({ json }) => Buffer.from(json))
  return [Buffer.from(messages.map(({ type, json }) => `event: ${type}\ndata: ${json}\n\n`).join(''))]
}
