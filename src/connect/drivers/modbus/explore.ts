import type { ExchangeFailure } from '#modbus'
import { type PlanBlock, type PlanItem, split } from './plan.ts'

/** What came out of asking a refused span in smaller and smaller parts. */
export interface Findings {
  /** Items that are refused alone. */
  readonly refused: { readonly item: number; readonly failure: ExchangeFailure }[]
  /** Unused registers between items that cannot be read along. */
  readonly gaps: { readonly from: number; readonly to: number }[]
  /** Spans of `whole` that are given in two halves of at most `most`, parted at `at`, without anything between them. */
  readonly cuts: { readonly at: number; readonly whole: number; readonly most: number }[]
}

/** Asks a span now; `undefined`: answered. */
export type Ask = (span: PlanBlock) => Promise<ExchangeFailure | undefined>

/** Whether the device refused what was asked, and not to answer at all: illegal function, address or quantity. */
export const isRefusal = (failure: ExchangeFailure): boolean =>
  failure.kind === 'exception' && (failure.code === 1 || failure.code === 2 || failure.code === 3)

/**
 * Bisects a refused span until what is refused stands alone; everything else in it is asked, and so read, on the way. Two
 * halves that are given where the whole is not tell of a gap that cannot be read along, or of a limit. Silence ends it:
 * what has been found until then is kept.
 */
export async function explore(
  span: PlanBlock,
  failure: ExchangeFailure,
  items: readonly PlanItem[],
  ask: Ask,
): Promise<Findings> {
  const findings: Findings = { refused: [], gaps: [], cuts: [] }
  await bisect(span, failure)
  return findings

  /** False: the device fell silent. */
  async function bisect(refused: PlanBlock, why: ExchangeFailure): Promise<boolean> {
    // A function the device does not have is refused for every address.
    if (refused.items.length === 1 || (why.kind === 'exception' && why.code === 1)) {
      for (const item of refused.items) findings.refused.push({ item, failure: why })
      return true
    }
    const [left, right] = split(refused, items)
    const leftFailure = await ask(left)
    if (leftFailure && !isRefusal(leftFailure)) return false
    const rightFailure = await ask(right)
    if (rightFailure && !isRefusal(rightFailure)) return false
    if (!leftFailure && !rightFailure) return learnFrom(left, right, refused.count)
    if (leftFailure && !(await bisect(left, leftFailure))) return false
    return !rightFailure || bisect(right, rightFailure)
  }

  /** Both halves are given and the whole is not: is it what lies between them, or is it too much at once? */
  async function learnFrom(left: PlanBlock, right: PlanBlock, whole: number): Promise<boolean> {
    const from = left.at + left.count
    if (right.at > from && !(await bridges(left, right))) findings.gaps.push({ from, to: right.at })
    else findings.cuts.push({ at: right.at, whole, most: Math.max(left.count, right.count) })
    return true
  }

  async function bridges(left: PlanBlock, right: PlanBlock): Promise<boolean> {
    const before = items[left.items.at(-1)!]!
    const after = items[right.items[0]!]!
    const bridge = {
      table: left.table,
      at: before.at,
      count: after.at + after.size - before.at,
      items: [left.items.at(-1)!, right.items[0]!],
    }
    return bridge.count < right.at + right.count - left.at && (await ask(bridge)) === undefined
  }
}
