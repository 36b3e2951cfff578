import type { ShownState } from '../lib/machines.ts'
import type { Priority, Trouble } from '../lib/trouble.ts'
import { words } from '../lib/words.ts'

const shapes: Readonly<Record<Priority, { path: string; y: number }>> = {
  h: { path: 'M10 .8 19.800 18.500H.2z', y: 16.6 },
  m: { path: 'M10 0 20 10 10 20 0 10z', y: 13.8 },
  l: { path: 'M10 1a9 9 0 1 1 0 18 9 9 0 1 1 0-18z', y: 13.8 },
}

/** Priority by shape, character and colour, never by colour alone. Letters in English, digits in Chinese. */
export function PriorityGlyph({ priority, small }: { priority: Priority; small?: boolean }) {
  const { path, y } = shapes[priority]
  const t = words('common')
  return (
    <svg
      class={`pri ${priority}${small ? ' sm' : ''}`}
      viewBox="0 0 20 20"
      role="img"
      aria-label={t.priority[priority]}
    >
      <path d={path} />
      <text x="10" y={y}>
        {t.priorityLetter[priority]}
      </text>
    </svg>
  )
}

/** The neutral mark of what is off without being an alarm: which side of its normal band a value lies on. */
export function SideMark({ side }: { side: 'above' | 'below' }) {
  const t = words('common')
  return (
    <span class="mk lean" role="img" aria-label={side === 'above' ? t.aboveNormal : t.belowNormal}>
      <svg viewBox="0 0 10 10" aria-hidden="true">
        <path d={side === 'above' ? 'M1.500 7 5 2.500 8.500 7z' : 'M1.500 3 5 7.500 8.500 3z'} />
      </svg>
    </span>
  )
}

/** What a machine does, by fill: running full, idle half, stopped empty, down crossed, answering
 * dotted, unknown dashed. Grey by nature. */
export function StateGlyph({ state }: { state: ShownState }) {
  return (
    <svg class="st" viewBox="0 0 12 12" aria-hidden="true">
      <circle
        class={state === 'running' ? 'f' : undefined}
        cx="6"
        cy="6"
        r="4.5"
        stroke-dasharray={state === 'unknown' ? '2 2' : undefined}
      />
      {state === 'answering' && <circle class="f" stroke="none" cx="6" cy="6" r="2" />}
      {state === 'idle' && <path class="f" stroke="none" d="M6 1.500a4.500 4.500 0 0 1 0 9z" />}
      {state === 'down' && <path d="M3.500 3.500l5 5M8.500 3.500l-5 5" />}
    </svg>
  )
}

/** The mark of a trouble: its priority, or which side of its band a value lies on where it has none. */
export function TroubleMark({ trouble }: { trouble: Trouble }) {
  return trouble.kind === 'outside' ? <SideMark side={trouble.side} /> : <PriorityGlyph priority={trouble.priority} />
}
