import { signal } from '@preact/signals'
import { api } from '../../lib/api.ts'
import type { BackupList, JobView } from '../../lib/contract.ts'

const lookEveryMs = 1_000
const restEveryMs = 10_000

/** Work that was asked for since the start, newest first; undefined while it is not known. */
export const jobs = signal<readonly JobView[] | undefined>(undefined)
export const backups = signal<BackupList | undefined>(undefined)

/** Looks at jobs and backups while the page is open: every second while something goes on. Returns how to stop. */
export function followJobs(): () => void {
  let stopped = false
  let timer: ReturnType<typeof setTimeout>
  const look = async () => {
    await refreshWork()
    if (!stopped) timer = setTimeout(() => void look(), isWorking() ? lookEveryMs : restEveryMs)
  }
  void look()
  wake = () => {
    clearTimeout(timer)
    void look()
  }
  return () => {
    stopped = true
    clearTimeout(timer)
    wake = () => {}
  }
}

let wake: () => void = () => {}

/** Something was begun: look at once. */
export const lookNow = (): void => wake()

const isWorking = (): boolean => (jobs.peek() ?? []).some(({ state }) => state === 'running')

async function refreshWork(): Promise<void> {
  try {
    const wasWorking = isWorking()
    jobs.value = (await api.jobs()).jobs
    if (!backups.peek() || wasWorking) backups.value = await api.backups()
  } catch {
    // The stream notices too, and says so.
  }
}

/** The newest job of a kind, where one is known. */
export const newestOf = (kind: JobView['kind']): JobView | undefined => jobs.value?.find((job) => job.kind === kind)
