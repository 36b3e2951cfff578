import { z } from 'zod'
import { bucketEdges, IwError, type Microseconds } from '#kernel'
import { stepText } from '../contract.ts'
import type { House } from '../house.ts'
import { type Moment, momentText, resolveMoment, resolveRange } from '../moment.ts'

/** Query fields of questions that go by steps. */
export const rangeFields = { from: momentText.optional(), to: momentText.optional() }
export const zoneField = z.string().max(100).optional().describe('IANA time zone; that of the site where none is given')
export const stepField = stepText

interface Asked {
  readonly from?: Moment | undefined
  readonly to?: Moment | undefined
  readonly zone?: string | undefined
}

/** The range asked for: the hour before now where nothing is said. Throws `IW_HISTORIAN_RANGE`. */
export function rangeToNow(asked: Asked, { clock }: House): { from: Microseconds; to: Microseconds } {
  const now = clock.now()
  const to = asked.to ? resolveMoment(asked.to, now) : now
  return resolveRange({ from: asked.from, to: { at: to } }, now)
}

/** The zone a question means. */
const zoneOf = ({ zone }: Asked, house: House): string => zone ?? house.system().zone

/** The edges of whole steps over the range asked for, and what was understood. Throws `IW_HISTORIAN_STEP`, `_TOO_MUCH`. */
export function stepped(asked: Asked & { readonly step: string }, house: House) {
  const zone = zoneOf(asked, house)
  const { from, to } = rangeToNow(asked, house)
  const edges = bucketEdges(from, to, asked.step, zone)
  return { edges, about: { step: asked.step, zone, from: edges[0]!, to: edges.at(-1)! } }
}

/** Cells of an answer that is held in memory before it is sent. */
const mostCells = 500_000

/** Throws `IW_HISTORIAN_TOO_MUCH`. */
export function refuseLarge(steps: number, tags: number): void {
  if (steps * tags > mostCells)
    throw new IwError(
      'IW_HISTORIAN_TOO_MUCH',
      `${steps} steps of ${tags} properties are more than ${mostCells}: take larger steps, or format=arrow or csv`,
    )
}
