import { statfsSync } from 'node:fs'

const MiB = 2 ** 20
/** Readings are not acknowledged below 1 GiB or 2 % free: a question must not be what takes the rest. */
const keptBytes = 1.25 * 2 ** 30
const keptShare = 0.025
const mostMegabytes = 1024
const leastMegabytes = 64

/** What may be spilled into a folder now: half of what is free beyond what readings need, at most 1 GiB. */
export function spillMegabytes(folder: string): number {
  const { free, kept } = spaceOf(folder)
  return Math.round(Math.min(mostMegabytes, Math.max(leastMegabytes, (free - kept) / 2 / MiB)))
}

/** Whether the disk has come close to where readings are not acknowledged any more. */
export function isTight(folder: string): boolean {
  const { free, kept } = spaceOf(folder)
  return free < kept
}

function spaceOf(folder: string): { free: number; kept: number } {
  const { bavail, blocks, bsize } = statfsSync(folder)
  return { free: bavail * bsize, kept: Math.max(keptBytes, blocks * bsize * keptShare) }
}
