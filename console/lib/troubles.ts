import { computed } from '@preact/signals'
import { api } from './api.ts'
import { tick } from './clock.ts'
import { peekSeries } from './history.ts'
import { plant } from './instance.ts'
import { OutsideTimes } from './outside-times.ts'
import type { LiveThing } from './plant.ts'
import { type Trouble, troublesOf } from './trouble.ts'

const times = new OutsideTimes(peekSeries, api.trend)

/** What is wrong with each machine that has something wrong, by id; looked at once a second. */
export const troubles = computed((): ReadonlyMap<string, readonly Trouble[]> => {
  const nowUs = tick.value
  const found = new Map<string, readonly Trouble[]>()
  for (const thing of plant.things.value ?? []) {
    const ofThing = look(thing, nowUs)
    if (ofThing.length > 0) found.set(thing.view.id, ofThing)
  }
  times.endLook(nowUs)
  return found
})

function look(thing: LiveThing, nowUs: number): Trouble[] {
  return troublesOf(
    {
      status: thing.status.peek(),
      machine: thing.machine.peek(),
      properties: thing.properties.map(({ definition, last }) => ({ definition, last: last.peek() })),
    },
    nowUs,
    (tag, band) => times.since(tag, band),
  )
}
