import { type Clock, uuidV7 } from '#kernel'

/**
 * Ids that sort in the order of their making, also within one millisecond and when the clock steps back: the time inside
 * grows by at least 1 ms from one to the next.
 */
export function sequentialIds(clock: Clock): () => string {
  let last = 0
  return () => {
    last = Math.max(last + 1, Math.floor(clock.now() / 1000))
    return uuidV7(last)
  }
}
