import { computed } from '@preact/signals'
import { tick } from './clock.ts'
import { peekSeries } from './history.ts'
import { plant } from './instance.ts'
import type { LiveThing } from './plant.ts'
import { type Trouble, troublesOf } from './trouble.ts'

/** What is wrong with each machine that has something wrong, by id; looked at once a second. */
export const troubles = computed((): ReadonlyMap<string, readonly Trouble[]> => {
  const nowUs = tick.value
  const found = new Map<string, readonly Trouble[]>()
  for (const thing of plant.things.value ?? []) {
    const ofThing = look(thing, nowUs)
    if (ofThing.length > 0) found.set(thing.view.id, ofThing)
  }
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
    peekSeries,
  )
}
