import type { EventLog } from '#connect'
import type { Clock } from '#kernel'
import type { Historian } from '#ports'

const lookEveryMs = 1000

/** Makes a plant event when the historian stops acknowledging and when it goes on. Returns how to stop. */
export function watchStorage(historian: Historian, events: EventLog, clock: Clock): () => void {
  let refusedSince: number | undefined
  let cancel = clock.after(lookEveryMs, look)
  return () => cancel()

  function look(): void {
    cancel = clock.after(lookEveryMs, look)
    const { refusal } = historian.status()
    if (refusal && refusedSince === undefined) {
      refusedSince = refusal.since
      events.record({
        kind: 'storage.refusing',
        at: refusal.since,
        detail: { code: refusal.code, message: refusal.message },
      })
    } else if (!refusal && refusedSince !== undefined) {
      const seconds = Math.round((clock.now() - refusedSince) / 1e6)
      refusedSince = undefined
      events.record({ kind: 'storage.accepting', at: clock.now(), detail: { seconds } })
    }
  }
}
