import type { LoadedSettings } from '../settings/load.ts'
import { checks } from './checks.ts'

/** What one check found. `bad` stops an instance from working, `warning` will sooner or later. */
export interface Finding {
  readonly check: string
  readonly status: 'good' | 'warning' | 'bad' | 'not run'
  readonly message: string
  /** What to do; there unless it is good. */
  readonly remedy?: string
}

export interface DoctorReport {
  readonly data: string
  readonly findings: readonly Finding[]
  readonly healthy: boolean
}

/** Checks an installation without changing anything; works with and without an instance running on the folder. */
export async function examine({ settings }: LoadedSettings): Promise<DoctorReport> {
  const findings: Finding[] = []
  for (const [check, run] of Object.entries(checks)) {
    try {
      findings.push({ check, ...(await run(settings)) })
    } catch (error) {
      const message = `could not be checked: ${(error as Error).message}`
      findings.push({ check, status: 'bad', message, remedy: 'See the message.' })
    }
  }
  return { data: settings.data, findings, healthy: findings.every(({ status }) => status !== 'bad') }
}
