import type { Clock, Logger } from '#kernel'
import type { Backups } from './backups.ts'

export interface ScheduleOptions {
  readonly every: 'never' | 'day' | 'week'
  /** How many are kept; older ones go after a new one is there. */
  readonly keep: number
  /** IANA zone whose night it is. */
  readonly zone: string
  readonly backups: Backups
  readonly clock: Clock
  readonly log: Logger
}

const lookEveryMs = 10 * 60_000
/** 02:30 in the site's zone; on the night of a change of the clock that may be there twice or not at all: then at 03:00. */
const nightMinute = 150
const daysBetween = { never: 0, day: 1, week: 7 } as const
const dayUs = 86_400_000_000

/**
 * Makes a backup every night or week by itself and removes the oldest beyond `keep`. A night that was missed is made up
 * for in the next. Returns how to stop; a backup under way is then abandoned.
 */
export function scheduleBackups(options: ScheduleOptions): () => void {
  const { every, clock, log, backups } = options
  if (every === 'never') return () => {}
  const abandon = new AbortController()
  let cancel: () => void
  const look = () => {
    cancel = clock.after(lookEveryMs, look)
    if (!isDue(options)) return
    backups.create({ signal: abandon.signal, by: 'schedule' }).then(
      () => removeOldest(options),
      (error: unknown) => log.error({ err: error }, 'the nightly backup failed; it is tried again in ten minutes'),
    )
  }
  cancel = clock.after(lookEveryMs, look)
  return () => {
    cancel()
    abandon.abort()
  }
}

/** It is night, and the newest backup is older than the days between two of them. */
function isDue({ every, zone, clock, backups }: ScheduleOptions): boolean {
  const now = clock.now()
  const minute = minuteOfDay(now, zone)
  if (minute < nightMinute || minute >= nightMinute + 180) return false
  const newest = backups.list()[0]?.createdAt ?? 0
  return now - newest > daysBetween[every] * dayUs - dayUs / 2
}

function minuteOfDay(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(new Date(at / 1000))
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value)
  return part('hour') * 60 + part('minute')
}

function removeOldest({ keep, backups, log }: ScheduleOptions): void {
  const own = backups.list().filter(({ by }) => by === 'schedule')
  for (const { id } of own.slice(keep)) {
    backups.remove(id)
    log.info({ backup: id }, 'removed an old backup')
  }
}
