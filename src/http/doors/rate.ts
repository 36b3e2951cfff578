import { type Clock, IwError } from '#kernel'
import type { Door } from './door.ts'

/**
 * Limits requests a second from one address. Counts start anew each second, so what is kept is bounded by the requests
 * of one second.
 */
export function rateDoor(clock: Clock): Door {
  let second = -1
  const counts = new Map<string, number>()
  return ({ remoteAddress }, { settings }) => {
    const now = Math.floor(clock.monotonicMs() / 1000)
    if (now !== second) {
      second = now
      counts.clear()
    }
    const count = (counts.get(remoteAddress) ?? 0) + 1
    counts.set(remoteAddress, count)
    if (count > settings.maxRequestsPerSecond)
      throw new IwError('IW_HTTP_TOO_MANY', `More than ${settings.maxRequestsPerSecond} requests a second`, {
        detail: { retryAfterSeconds: 1 },
      })
  }
}
