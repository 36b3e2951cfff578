import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Media } from '../route.ts'
import { arrowOf } from './arrow.ts'
import type { Table } from './columns.ts'
import { csvOf } from './csv.ts'

/** The forms an answer that is a table can have, beside JSON. */
export const tableFormats = ['csv', 'arrow', 'arrow-stream', 'parquet'] as const
export type TableFormat = (typeof tableFormats)[number]

export const mediaTypes: Readonly<Record<TableFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  arrow: 'application/vnd.apache.arrow.file',
  'arrow-stream': 'application/vnd.apache.arrow.stream',
  parquet: 'application/vnd.apache.parquet',
}
const endings: Readonly<Record<TableFormat, string>> = {
  csv: 'csv',
  arrow: 'arrow',
  'arrow-stream': 'arrows',
  parquet: 'parquet',
}

/** How a route documents them. */
export const tableMedia = (csvColumns: string): readonly Media[] => [
  { media: 'text/csv', description: csvColumns },
  { media: 'application/vnd.apache.arrow.file', description: 'an Arrow file: pandas.read_feather, polars.read_ipc' },
  { media: 'application/vnd.apache.arrow.stream', description: 'the same as an Arrow stream' },
  { media: 'application/vnd.apache.parquet', description: 'a Parquet file' },
]

/** Slices that wait to be sent: what is read ahead of a slow client. */
const slicesAhead = 2

/**
 * Sends what comes out of `slices` as it comes, no faster than the client takes it. A client that goes away ends the
 * slices, and with them what they read from.
 */
export function sendSlices(
  answer: FastifyReply,
  type: string,
  slices: AsyncIterable<string | Uint8Array>,
  fileName?: string,
): FastifyReply {
  if (fileName !== undefined) attach(answer, fileName)
  return answer.type(type).send(Readable.from(slices, { highWaterMark: slicesAhead }))
}

/** Fires when nobody waits for the answer any more: what is under way for it can end. */
export function goneSignal(answer: FastifyReply): AbortSignal {
  const gone = new AbortController()
  answer.raw.once('close', () => gone.abort())
  return gone.signal
}

/** Says what a browser that saves the answer should call it. */
export const attach = (answer: FastifyReply, fileName: string): FastifyReply =>
  answer.header('content-disposition', `attachment; filename="${fileName.replaceAll(/[^\w.-]+/g, '_')}"`)

/** Sends a table in a form that is written while it is read. `name` is that of the file, without an ending. */
export function sendTable(
  answer: FastifyReply,
  table: Table,
  format: Exclude<TableFormat, 'parquet'>,
  name: string,
): FastifyReply {
  const slices = format === 'csv' ? csvOf(table) : arrowOf(table, format === 'arrow' ? 'file' : 'stream')
  return sendSlices(answer, mediaTypes[format], slices, fileNameOf(name, format))
}

export const fileNameOf = (name: string, format: TableFormat): string => `${name}.${endings[format]}`
