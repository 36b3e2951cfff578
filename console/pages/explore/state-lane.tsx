import type { Value } from '../../lib/contract.ts'
import type { Drawn } from '../../lib/explore/chosen.ts'
import { cursorAt } from '../../lib/explore/cursor.ts'
import { stateLines } from '../../lib/explore/page-lines.ts'
import { blocksOf, bucketTotals, columnsOf, stateAt, totalsOf } from '../../lib/explore/states.ts'
import { view } from '../../lib/explore/view.ts'
import { formatLength, formatShare, formatValue } from '../../lib/format.ts'
import { words } from '../../lib/words.ts'
import { Badge } from '../../parts/badge.tsx'
import { axisWidth } from '../../parts/plot-theme.ts'
import { classOf } from '../../parts/timeline.tsx'
import { atShare } from './lane.tsx'

const sumsShown = 5
/** Fills that tell texts apart without being colours: those of states where the property has them, else in turn. */
const fills = ['run', 'idle', 'stop', 'down'] as const

/** What a text or a switch said: blocks, with the word in them where there is room, and how long each. */
export function StateLane({ drawn, right }: { drawn: Drawn; right: number }) {
  const t = words('explore')
  const { property, index } = drawn
  const { definition } = property
  const line = stateLines.line(definition.tag).value
  const span = view.value
  const intervals = line.intervals ?? []
  const totals = line.buckets ? bucketTotals(line.buckets, span) : totalsOf(intervals, span)
  const fillOf = useFills(drawn, totals)
  const text = (value: Value | undefined) =>
    value === undefined ? t.severalStates : value === null ? t.noValue : formatValue(value, definition, words('common'))
  const total = totals.reduce((sum, { us }) => sum + us, 0)
  const sums = totals.map(({ value, us }) => `${text(value)} ${formatShare(us / total)}`)
  return (
    <div class="lane state" data-lane={drawn.name}>
      <div class="lane-head">
        <span class="row s">
          <Badge index={index} />
          <b>{drawn.title}</b>
        </span>
        <span class="legend">
          {totals.slice(0, sumsShown).map(({ value, us }) => (
            <span key={String(value)}>
              <i class={fillOf(value)} />
              <span>
                {text(value)} {formatShare(us / total)} · {formatLength(us)}
              </span>
            </span>
          ))}
        </span>
      </div>
      <div
        class="blocks"
        role="img"
        aria-label={t.stateSentence(drawn.title, sums.join(', ') || t.noValue)}
        style={{ marginLeft: `${axisWidth}px`, marginRight: `${right}px` }}
      >
        {line.buckets &&
          columnsOf(
            line.buckets,
            totals.map(({ value }) => value),
            span,
          ).map(({ from, width, start, parts }) => (
            <i key={start} class="column" style={{ left: `${from * 100}%`, width: `${width * 100}%` }}>
              {parts.map(({ value, share }) => (
                <b key={String(value)} class={fillOf(value)} style={{ height: `${share * 100}%` }} />
              ))}
            </i>
          ))}
        {blocksOf(intervals, span).map(({ from, width, value, start }) => (
          <i
            key={start}
            class={value === undefined ? 'mixed' : fillOf(value)}
            style={{ left: `${from * 100}%`, width: `${width * 100}%` }}
          >
            {width > 0.06 && value !== undefined && <span>{text(value)}</span>}
          </i>
        ))}
      </div>
      <StateCursor drawn={drawn} text={text} />
    </div>
  )
}

/** The fill of each value: the state it stands for, or one in turn, the most frequent first. */
function useFills({ property: { definition } }: Drawn, totals: readonly { value: Value }[]) {
  const order = totals.map(({ value }) => value).filter((value) => value !== null)
  return (value: Value | undefined): string => {
    if (value === null || value === undefined) return 'gap'
    const state = definition.states?.[String(value)]
    if (state) return classOf({ state })
    if (typeof value === 'boolean') return value ? 'run' : 'stop'
    return fills[order.indexOf(value) % fills.length]!
  }
}

function StateCursor({ drawn, text }: { drawn: Drawn; text: (value: Value | undefined) => string }) {
  const at = cursorAt.value
  if (at === undefined) return null
  const { from, to } = view.value
  const share = (at - from) / (to - from)
  const { buckets } = stateLines.line(drawn.property.definition.tag).value
  const step = buckets?.find(({ start, end }) => start <= at && at < end)
  const found = stateAt(stateLines.line(drawn.property.definition.tag).value.intervals ?? [], at)
  return (
    <span class={`tag box num cursor-tag${share > 0.5 ? ' flip' : ''}`} style={atShare(share)}>
      {step ? (
        step.totals.map(({ value, us }) => (
          <span key={String(value)}>
            {text(value)} {formatShare(us / (step.end - step.start))}
          </span>
        ))
      ) : (
        <b>{found ? text(found.value) : '—'}</b>
      )}
      {found && <span class="quiet">{formatLength(found.end - found.start)}</span>}
    </span>
  )
}
