import type { FastifyReply } from 'fastify'
import type { LineProtocolOutcome, Precision } from '#connect'
import type { House } from '../house.ts'
import { unzipped } from './body.ts'

/** Takes the body of a write, whatever dialect its address speaks; resolves once the good lines are on disk. */
export async function takeLines(
  house: House,
  asked: { readonly body: Buffer; readonly encoding: unknown; readonly precision: Precision },
): Promise<LineProtocolOutcome> {
  const arrivedAt = house.clock.now()
  const encoding = typeof asked.encoding === 'string' ? asked.encoding : undefined
  const body = await unzipped(asked.body, encoding, house.settings.maxBodyBytes)
  return house.connect.ingest.lineProtocol(body, { precision: asked.precision, arrivedAt })
}

/**
 * What InfluxDB says when some lines were refused and the others stored: `partial write: … dropped=N`; when none was
 * stored, the reason alone.
 */
export function refusalText({ accepted, rejected, rejectedCount }: LineProtocolOutcome): string {
  const reasons = rejected.slice(0, 5).map(({ line, message }) => `line ${line}: ${message}`)
  const text =
    reasons.join('; ') + (rejectedCount > reasons.length ? `; and ${rejectedCount - reasons.length} more` : '')
  return accepted === 0 ? text : `partial write: ${text} dropped=${rejectedCount}`
}

/** Full or failing disks pass: clients of InfluxDB try again after 503, and give up after anything else. */
export function writeStatus(answer: FastifyReply, status: number): number {
  if (status !== 507) return status
  answer.header('retry-after', '30')
  return 503
}
