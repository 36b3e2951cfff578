import { describe, expect, it } from 'vitest'
import type { PlantEvent } from '#model'
import type { Historian, HistorianStatus } from '#ports'
import { watchStorage } from '../../../src/instance/watch-storage.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

type Refusal = NonNullable<HistorianStatus['refusal']>

describe('the watch over the storage', () => {
  function watched() {
    const clock = new ManualClock()
    const state: { refusal?: Refusal } = {}
    const events: Omit<PlantEvent, 'id'>[] = []
    const historian = { status: () => ({ ...state }) } as unknown as Historian
    const stop = watchStorage(historian, { record: (event) => events.push(event), list: async () => [] }, clock)
    return { clock, state, events, stop }
  }

  it('makes one event when nothing is stored any more, and one when it goes on, with how long it took', () => {
    const { clock, state, events, stop } = watched()
    clock.advance(5_000)
    expect(events).toEqual([])

    state.refusal = { code: 'IW_HISTORIAN_DISK_FULL', message: 'only 3 MiB are free', since: clock.now() }
    clock.advance(60_000)
    expect(events).toMatchObject([{ kind: 'storage.refusing', detail: { code: 'IW_HISTORIAN_DISK_FULL' } }])

    delete state.refusal
    clock.advance(5_000)
    expect(events.slice(1)).toMatchObject([{ kind: 'storage.accepting', detail: { seconds: 61 } }])
    stop()
  })

  it('ends when it is told to', () => {
    const { clock, state, events, stop } = watched()
    stop()
    state.refusal = { code: 'IW_HISTORIAN_DISK_ERROR', message: 'EIO', since: clock.now() }
    clock.advance(5_000)
    expect(events).toEqual([])
  })
})
