import { z } from 'zod'
import { refusalText, takeLines, writeStatus } from '../line-protocol/write.ts'
import { route } from '../route.ts'

/** InfluxDB 2 names its failures by words of its own. */
const codeOfStatus: Readonly<Record<number, string>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  413: 'request too large',
  429: 'too many requests',
  503: 'unavailable',
}

export const writeV2 = route({
  method: 'POST',
  path: '/api/v2/write',
  summary: 'Store readings sent as line protocol (InfluxDB 2)',
  description: 'As `/write`, with the errors InfluxDB 2 uses. Takes `Authorization: Token …`.',
  right: 'reading.write',
  query: z.object({
    org: z.string().optional().describe('any name; accepted and not used'),
    orgID: z.string().optional().describe('accepted and not used'),
    bucket: z.string().optional().describe('any name; accepted and not used'),
    precision: z.enum(['ns', 'us', 'ms', 's']).default('ns').describe('unit of the timestamps'),
  }),
  body: z.instanceof(Buffer),
  bodyMedia: ['text/plain'],
  reply: null,
  notFromPages: true,
  refuse(answer, status, _, message) {
    const shown = writeStatus(answer, status)
    answer.code(shown)
    return { code: codeOfStatus[shown] ?? 'internal error', message }
  },
  async handle({ body, query, headers }, house, answer) {
    const { precision } = query
    const outcome = await takeLines(house, { body, encoding: headers['content-encoding'], precision })
    if (outcome.rejectedCount === 0) return undefined
    return answer.code(400).send({ code: 'invalid', message: refusalText(outcome) })
  },
})
