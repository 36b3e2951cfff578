import { z } from 'zod'
import type { Precision } from '#connect'
import { refusalText, takeLines, writeStatus } from '../line-protocol/write.ts'
import { route } from '../route.ts'

const precisions: Readonly<Record<string, Precision>> = {
  n: 'ns',
  ns: 'ns',
  u: 'us',
  us: 'us',
  µ: 'us',
  μ: 'us',
  ms: 'ms',
  s: 's',
  m: 'm',
  h: 'h',
}

/** Line protocol as InfluxDB 1.x takes it. The database names no place here: all readings are of this instance. */
export const writeV1 = route({
  method: 'POST',
  path: '/write',
  summary: 'Store readings sent as line protocol (InfluxDB 1.x)',
  description:
    '204 once every line is on disk. 400 with `partial write: … dropped=N` where some lines were refused: the others are stored. Each measurement with its tags becomes a thing, each field a property. Bodies may be gzip.',
  right: 'reading.write',
  query: z.object({
    db: z.string().optional().describe('any name; accepted and not used'),
    rp: z.string().optional().describe('accepted and not used'),
    consistency: z.string().optional().describe('accepted and not used'),
    precision: z.enum(Object.keys(precisions)).default('ns').describe('unit of the timestamps'),
    u: z.string().optional().describe('accepted and not used'),
    p: z.string().optional().describe('the token, where no Authorization header is sent'),
  }),
  body: z.instanceof(Buffer),
  bodyMedia: ['text/plain'],
  reply: null,
  notFromPages: true,
  passwordInQuery: true,
  refuse(answer, status, _, message) {
    answer.code(writeStatus(answer, status)).header('x-influxdb-error', headerText(message))
    return { error: message }
  },
  async handle({ body, query, headers }, house, answer) {
    const precision = precisions[query.precision]!
    const outcome = await takeLines(house, { body, encoding: headers['content-encoding'], precision })
    if (outcome.rejectedCount === 0) return undefined
    const error = refusalText(outcome)
    return answer.code(400).header('x-influxdb-error', headerText(error)).send({ error })
  },
})

/** A message as a header may carry it (RFC 9110 §5.5). */
const headerText = (message: string) => message.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 500)
