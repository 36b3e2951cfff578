/** The plant's own week: minute 0 is Monday 00:00, local time of the mill. It owes nothing to the wall clock. */
export type Shift = 'early' | 'late' | 'night' | 'weekend'

const day = 24 * 60
const hour = 60
const week = 7 * day

/** The simulation begins on a Tuesday at 10:00, in the middle of the early shift. */
export const defaultStart = day + 10 * hour

/** Shifts: early 06–14, late 14–22, night 22–06; the weekend is from Saturday 06:00 to Monday 06:00. */
export function shiftAt(minuteOfWeek: number): Shift {
  const minute = minuteOfWeek % week
  if (minute < 6 * hour || minute >= 5 * day + 6 * hour) return 'weekend'
  const ofDay = minute % day
  if (ofDay < 6 * hour || ofDay >= 22 * hour) return 'night'
  return ofDay < 14 * hour ? 'early' : 'late'
}

const staffing: Readonly<Record<Shift, number>> = { early: 1, late: 0.85, night: 0.35, weekend: 0.06 }

/** How much of the mill works, 0…1: by shift, less in the breaks (09:00 for 15 min, 12:00 and 18:00 for 30 min). */
export function activityAt(minuteOfWeek: number): number {
  const shift = shiftAt(minuteOfWeek)
  const ofDay = minuteOfWeek % day
  const pause = within(ofDay, 9 * hour, 15) || within(ofDay, 12 * hour, 30) || within(ofDay, 18 * hour, 30)
  return staffing[shift] * (pause && (shift === 'early' || shift === 'late') ? 0.45 : 1)
}

const within = (minute: number, from: number, length: number): boolean => minute >= from && minute < from + length

/** What every machine is told in every step. */
export interface Moment {
  /** Simulated seconds of the story; below 0 in the time before it. */
  readonly seconds: number
  /** The plant only comes to rest: nothing is told of it yet. */
  readonly settling: boolean
  readonly minuteOfWeek: number
  readonly shift: Shift
  /** How much of the mill works, smoothed: people do not arrive all in one second. */
  readonly activity: number
  /** Whether a day has begun since the step before. */
  readonly midnight: boolean
}
