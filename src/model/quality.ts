/**
 * How far a reading can be trusted. Codes are stored in files: never renumber, only add. A greater code is worse, so the
 * worst of several is their maximum.
 */
export const Quality = {
  good: 0,
  /** Put in by a person or a rule in place of a measured value. */
  substituted: 1,
  /** The last known value, older than it should be. */
  stale: 2,
  /** The sensor repeats one value while the machine moves. */
  frozen: 3,
  /** Outside what the sensor can measure; infinities included. */
  outOfRange: 4,
  /** The machine says that it has no value (a null sentinel, NaN). */
  nullValue: 5,
  /** No answer, or an answer that cannot be believed. */
  commError: 6,
} as const

export type QualityCode = (typeof Quality)[keyof typeof Quality]
export type QualityName = 'good' | 'substituted' | 'stale' | 'frozen' | 'out_of_range' | 'null' | 'comm_error'

export const qualityNames: readonly QualityName[] = [
  'good',
  'substituted',
  'stale',
  'frozen',
  'out_of_range',
  'null',
  'comm_error',
]

/** The name of a stored code; an unknown code (from a newer version) reads as the worst. */
export const qualityName = (code: number): QualityName => qualityNames[code] ?? 'comm_error'
