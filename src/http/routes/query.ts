import { z } from 'zod'
import { IwError } from '#kernel'
import { route } from '../route.ts'
import { influxVersion } from './ping.ts'

type Result =
  | { statement_id: number; series?: { name: string; columns: string[]; values: string[][] }[] }
  | { statement_id: number; error: string }

/** The one name there is for the place readings go to. */
const database = 'interwork'

const answers: readonly (readonly [
  pattern: RegExp,
  answer: Omit<Exclude<Result, { error: string }>, 'statement_id'>,
])[] = [
  [/^show\s+databases$/i, table('databases', ['name'], [[database]])],
  [/^show\s+retention\s+policies\b/i, table('policies', ['name', 'duration', 'default'], [['autogen', '0s', 'true']])],
  [/^create\s+database\s/i, {}],
]

function table(name: string, columns: string[], values: string[][]) {
  return { series: [{ name, columns, values }] }
}

const fields = {
  q: z.string().max(10_000).optional().describe('SHOW DATABASES, SHOW RETENTION POLICIES, CREATE DATABASE'),
}
const reply = z.object({ results: z.array(z.looseObject({ statement_id: z.number() })) })
const common = {
  path: '/query',
  right: 'none' as const,
  reply,
  description:
    'What clients of InfluxDB 1.x ask before they write. There is one database; making another changes nothing. Readings are read through /api/v1.',
}

/** Looks at what clients ask before they write; changes nothing, so a simple request may come here. */
export const queryByGet = route({
  ...common,
  method: 'GET',
  summary: 'Answers the statements a writer needs (InfluxDB 1.x)',
  query: z.looseObject(fields),
  handle: ({ query }, _, answer) => answerAll(query.q, answer),
})

export const queryByPost = route({
  ...common,
  method: 'POST',
  summary: 'The same, sent as a form',
  query: z.looseObject(fields),
  body: z.instanceof(Buffer),
  bodyMedia: ['application/x-www-form-urlencoded'],
  handle: ({ query, body }, _, answer) =>
    answerAll(query.q ?? new URLSearchParams(body.toString('utf8')).get('q') ?? undefined, answer),
})

function answerAll(text: string | undefined, answer: { header(name: string, value: string): unknown }) {
  if (text === undefined) throw new IwError('IW_HTTP_BAD_REQUEST', 'missing required parameter "q"')
  answer.header('x-influxdb-version', influxVersion)
  const statements = text.split(';').map((statement) => statement.trim())
  return { results: statements.filter((statement) => statement !== '').map(answerOne) }
}

function answerOne(statement: string, index: number): Result {
  const known = answers.find(([pattern]) => pattern.test(statement))
  if (known) return { statement_id: index, ...known[1] }
  return {
    statement_id: index,
    error: `not answered here: read through /api/v1. The statement was: ${statement.slice(0, 100)}`,
  }
}
