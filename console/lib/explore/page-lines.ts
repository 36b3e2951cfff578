import { effect } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { api, asProblem } from '../api.ts'
import { instanceNow } from '../clock.ts'
import { liveState, plant } from '../instance.ts'
import { type Earlier, earlierBy } from './address.ts'
import { type Chosen, type Drawn, linesOf, statesOf } from './chosen.ts'
import { type Line, Lines } from './lines.ts'
import { StateLines } from './state-lines.ts'
import { followNow, plotWidth, view } from './view.ts'

const schedule = (run: () => void, delayMs: number) => {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}

/** The lines of the page: one page is open at a time. */
export const lines = new Lines({ trend: api.trend, asProblem, nowUs: instanceNow, schedule })
/** And the blocks of its texts and switches. */
export const stateLines = new StateLines({
  states: api.states,
  asProblem,
  zone: () => plant.system.peek()?.zone ?? 'UTC',
  nowUs: instanceNow,
  schedule,
})

/** The line of a chosen property; who calls it in a render or effect follows it. */
export const lineOf = ({ property }: Drawn, shiftUs = 0): Line =>
  lines.line({ tag: property.definition.tag, shiftUs }).value

/** How much earlier the line of comparison is: by the clock at the beginning of the view. */
export function shiftOf(earlier: Earlier | undefined): number {
  if (!earlier) return 0
  // By whole days of the view, so that it stays the same while a live view moves on.
  const at = Math.floor(view.value.from / 3600e6) * 3600e6
  return earlierBy(earlier, at, plant.system.value?.zone ?? 'UTC')
}

/** Loads what is chosen over what is viewed, and keeps it current. */
export function usePageLines(chosen: readonly Chosen[], earlier: Earlier | undefined): void {
  const tags = (drawn: readonly Drawn[]) => drawn.map(({ property }) => property.definition.tag)
  const numbers = tags(linesOf(chosen))
  const states = tags(statesOf(chosen))
  const key = `${numbers.join()};${states.join()};${earlier ?? ''}`
  useEffect(
    () =>
      effect(() => {
        const shiftUs = shiftOf(earlier)
        const asks = numbers.flatMap((tag) => [{ tag, shiftUs: 0 }, ...(shiftUs > 0 ? [{ tag, shiftUs }] : [])])
        lines.want(asks, view.value, plotWidth.value)
        stateLines.want(states, view.value)
      }),
    [key],
  )
  useEffect(() => {
    const stop = plant.onReadings((readings) => {
      lines.take(readings)
      stateLines.take(readings)
      followNow()
    })
    let wasLost = false
    const watch = effect(() => {
      const lost = liveState.value.kind === 'lost'
      if (wasLost && !lost) {
        lines.reload()
        stateLines.reload()
      }
      wasLost = lost
    })
    return () => {
      stop()
      watch()
      lines.close()
      stateLines.close()
    }
  }, [])
}
