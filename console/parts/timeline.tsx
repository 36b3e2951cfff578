import type { StateStretch } from '../lib/stretches.ts'

/** What a machine did over a range: running full, idle half, stopped hollow, no data hatched. `label` is the sentence. */
export function Timeline({
  stretches,
  from,
  to,
  label,
}: {
  stretches: readonly StateStretch[]
  from: number
  to: number
  label: string
}) {
  const span = to - from
  return (
    <div class="tl" role="img" aria-label={label}>
      {stretches.map((stretch) => (
        <i
          key={stretch.from}
          class={classOf(stretch)}
          style={{ width: `${((stretch.to - stretch.from) / span) * 100}%` }}
        />
      ))}
    </div>
  )
}

const classes = { running: 'run', idle: 'idle', stopped: 'stop', down: 'down', unknown: 'gap' } as const

export const classOf = ({ state }: Pick<StateStretch, 'state'>): string => classes[state]
