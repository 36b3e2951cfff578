import { formatBounds, formatNumber } from '../../lib/format.ts'
import type { LiveProperty } from '../../lib/plant.ts'
import { words } from '../../lib/words.ts'

/** What may be written, in words. */
export function limitsText({ definition }: LiveProperty): string {
  const t = words('machine')
  const { min, max, maxStep } = definition.write ?? {}
  const { decimals } = definition
  const parts: string[] = []
  if (min !== undefined && max !== undefined) parts.push(t.allowed(formatBounds(min, max, decimals)))
  else if (min !== undefined) parts.push(t.allowedFrom(formatNumber(min, decimals)))
  else if (max !== undefined) parts.push(t.allowedTo(formatNumber(max, decimals)))
  if (maxStep !== undefined) parts.push(t.atMostAStep(formatNumber(maxStep, decimals)))
  return parts.join(' · ')
}
