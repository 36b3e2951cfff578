import { Readable } from 'node:stream'
import { z } from 'zod'
import { type Imports, mostChunkBytes, type RejectedRow } from '#connect'
import { IwError } from '#kernel'
import { apiPrefix } from '../contract.ts'
import { importView, rejectedList } from '../imports-contract.ts'
import { route } from '../route.ts'
import { importParams, viewed } from './imports.ts'

const path = `${apiPrefix}/imports/{import}`
const pageRows = 1_000

export const putImportChunk = route({
  method: 'PUT',
  path: `${path}/chunks`,
  summary: 'Send the bytes of a file that follow',
  description:
    'From `offset` on, 2 to 8 MiB, or less where the file ends with them. Answers once the rows are on disk; go on at the ' +
    '`offset` of the answer, which may lie before the last byte sent: a row that is not whole yet is sent again.',
  right: 'reading.write',
  params: importParams,
  query: z.strictObject({ offset: z.coerce.number().int().min(0).describe('of the first byte in the file') }),
  body: z.instanceof(Buffer),
  bodyMedia: ['application/octet-stream'],
  reply: importView,
  async handle({ params, query, body }, { connect }) {
    if (body.length > mostChunkBytes)
      throw new IwError('IW_HTTP_TOO_LARGE', `A chunk has at most ${mostChunkBytes} bytes, not ${body.length}`)
    return viewed(await connect.imports.take(params.import, query.offset, body))
  },
})

export const listRejectedRows = route({
  method: 'GET',
  path: `${path}/rejected`,
  summary: 'Read the rows of a file that were not taken',
  description: 'By line, the first 10,000. As CSV all of them: to correct and import again.',
  right: 'reading.read',
  params: importParams,
  query: z.strictObject({
    after: z.coerce.number().int().min(0).default(0).describe('line; rows after it'),
    limit: z.coerce.number().int().min(1).max(10_000).default(pageRows),
    format: z.enum(['json', 'csv']).default('json'),
  }),
  reply: rejectedList,
  alternatives: [{ media: 'text/csv', description: 'line, reason, column, value, message, row' }],
  async handle({ params, query }, { connect }, answer) {
    if (query.format === 'csv') {
      await connect.imports.get(params.import)
      return answer
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="rejected.csv"')
        .send(Readable.from(asCsv(connect.imports, params.import)))
    }
    const rows = await connect.imports.rejected(params.import, query.after, query.limit)
    const next = rows.length === query.limit ? rows.at(-1)!.line : undefined
    return { rows: [...rows], ...(next !== undefined && { next }) }
  },
})

async function* asCsv(imports: Imports, id: string): AsyncGenerator<string> {
  yield 'line,reason,column,value,message,row\r\n'
  let after = 0
  for (;;) {
    const rows = await imports.rejected(id, after, pageRows)
    if (rows.length === 0) return
    yield rows.map(csvRow).join('')
    after = rows.at(-1)!.line
  }
}

const csvRow = ({ line, reason, column = '', value = '', message, row }: RejectedRow): string =>
  `${[String(line), reason, column, value, message, row].map(csvCell).join(',')}\r\n`

const csvCell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
