import { useEffect, useState } from 'preact/hooks'
import { api } from '../../lib/api.ts'
import { instanceNow } from '../../lib/clock.ts'
import type { ReadingPage } from '../../lib/contract.ts'
import { formatShare } from '../../lib/format.ts'
import type { LiveProperty, LiveThing } from '../../lib/plant.ts'
import { range } from '../../lib/range.ts'
import { type StateStretch, sharesOf, stretchesOf } from '../../lib/stretches.ts'
import { boundsAt } from '../../lib/time-range.ts'
import { words } from '../../lib/words.ts'
import { classOf, Timeline } from '../../parts/timeline.tsx'

/** A week of one reading a second is too much to ask for a strip of a few hundred pixels. */
const longestUs = 24 * 3600e6
const readingsAtMost = 100_000
const refreshEveryMs = 15_000

/** What the machine did over the shared range, beneath its lines; sums in words. */
export function StateLane({ thing }: { thing: LiveThing }) {
  const property = thing.properties.find(({ definition }) => definition.states)
  return property ? <Stretches property={property} /> : null
}

function Stretches({ property }: { property: LiveProperty }) {
  const t = words('machine')
  const common = words('common')
  const shown = useStretches(property)
  if (!shown) return null
  const shares = sharesOf(shown.stretches)
  const sums = shares.map(({ state, share }) => `${stateWord(state, common)} ${formatShare(share)}`)
  return (
    <div class="state-lane">
      <span class="xs quiet">{t.state}</span>
      <div>
        <Timeline {...shown} label={t.stateSentence(sums.join(', '))} />
        <div class="legend">
          {shares.map(({ state, share }) => (
            <span key={state}>
              <i class={classOf({ state })} />
              <span>
                {stateWord(state, common)} {formatShare(share)}
              </span>
            </span>
          ))}
        </div>
      </div>
    </div>
  )
}

const stateWord = (state: StateStretch['state'], { states }: { states: Readonly<Record<string, string>> }): string =>
  states[state]!.toLowerCase()

interface Shown {
  readonly from: number
  readonly to: number
  readonly stretches: readonly StateStretch[]
}

function useStretches({ thing, definition }: LiveProperty): Shown | undefined {
  const [shown, setShown] = useState<Shown>()
  const current = range.value
  useEffect(() => {
    let gone = false
    const holdUs = Math.max(10e6, (definition.everyMs ?? 0) * 3000)
    const load = async () => {
      const { from, to } = boundsAt(current, instanceNow())
      if (to - from > longestUs) return setShown(undefined)
      // The state at the beginning of the range was told before it.
      const ask = { from: Math.round(from - holdUs), to: Math.round(to), limit: readingsAtMost }
      const page: ReadingPage | undefined = await api.readings(thing, definition.name, ask).catch(() => undefined)
      if (gone || !page) return
      setShown({ from, to, stretches: stretchesOf(page, definition.states ?? {}, { from, to }, holdUs) })
    }
    void load()
    const timer = current.live ? setInterval(() => !document.hidden && void load(), refreshEveryMs) : undefined
    return () => {
      gone = true
      clearInterval(timer)
    }
  }, [thing, definition.name, current])
  return shown
}
