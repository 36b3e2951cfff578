import { beginUs, dayUs, monthDays } from './query-data.ts'

/** The questions, in the words of the issue. */
export const queryNames = [
  'last of 10,000 tags',
  'slow tag, 1 day, all rows',
  '1 Hz tag, 1 day at 1,000 px',
  '1 Hz tag, 1 day, 86,400 rows, binary',
  '1 Hz tag, 30 days of minutes at 1,000 px',
  '1 Hz tag, 30 days of minutes, all 43,200',
] as const
export type QueryName = (typeof queryNames)[number]

/** A program that holds the readings and answers. */
export interface QueryProgram {
  readonly name: string
  readonly version: string
  /** Its processes, as they are now. */
  pids(): readonly number[]
  /** Puts the question and reads the answer to its end; rows or points in it, and its bytes. */
  ask(query: QueryName): Promise<{ rows: number; bytes: number }>
  stop(): Promise<void>
}

/** A slow tag of the mix, that walks; one that reports every 350 s. */
export const slowTag = 57
/** The second day of the data, and all of it, µs. */
export const day = { from: beginUs + dayUs, to: beginUs + 2 * dayUs }
export const month = { from: beginUs, to: beginUs + monthDays * dayUs }
/** As peers round it: 1,000 buckets to a day, 982 of 44 minutes to a month, which is what we give too. */
export const dayStepMs = 86_400
export const monthStepMs = 44 * 60_000

/** Reads a whole answer over HTTP; throws what it says where it is not a good one. */
export async function fetched(url: string, init?: RequestInit): Promise<Buffer> {
  const reply = await fetch(url, init)
  const bytes = Buffer.from(await reply.arrayBuffer())
  if (!reply.ok) throw new Error(`${url}: ${reply.status} ${bytes.toString().slice(0, 500)}`)
  return bytes
}

/** How often `sign` stands in the bytes. */
export function countOf(bytes: Buffer, sign: string): number {
  let count = 0
  for (let at = bytes.indexOf(sign); at >= 0; at = bytes.indexOf(sign, at + 1)) count++
  return count
}
