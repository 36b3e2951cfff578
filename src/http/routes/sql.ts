import type { FastifyReply } from 'fastify'
import { apiPrefix, sqlAnswer, sqlRequestBody } from '../contract.ts'
import { sendParquet, sqlOf } from '../formats/parquet.ts'
import { goneSignal, sendSlices, sendTable, tableMedia } from '../formats/send.ts'
import { sqlAsJson } from '../formats/sql-json.ts'
import { continued, sqlTable } from '../formats/sql-table.ts'
import { route } from '../route.ts'
import { thingsTable } from '../views/things-table.ts'

export const postSql = route({
  method: 'POST',
  path: `${apiPrefix}/sql`,
  summary: 'Ask a question in SQL',
  description:
    'One SELECT in the words of DuckDB over `readings`, `rollups`, `tags` and `things`: everything that was acknowledged before. It runs in a process of its own, within the time and memory it may take. `maxRows` cuts JSON, CSV and Arrow off, and says so in `truncated`; Parquet has all rows. See docs/guide/sql.md.',
  right: 'reading.read',
  body: sqlRequestBody,
  reply: sqlAnswer,
  alternatives: tableMedia('the columns of the answer'),
  async handle({ body: { sql, maxRows, timeoutMs, format } }, house, answer): Promise<FastifyReply> {
    const tables = [thingsTable(house)]
    if (format === 'parquet') return await sendParquet(house, answer, { sql, tables, timeoutMs }, 'answer')
    const asked = await sqlOf(house).query({ sql, tables, maxRows, timeoutMs, signal: goneSignal(answer) })
    const batches = continued(await asked.batches.next(), asked.batches)
    if (format === 'json')
      return sendSlices(answer, 'application/json; charset=utf-8', sqlAsJson(asked.columns, batches))
    return sendTable(answer, sqlTable(asked, batches), format, 'answer')
  },
})
