import { useEffect, useState } from 'preact/hooks'
import { api, asProblem } from '../../lib/api.ts'
import { instanceNow } from '../../lib/clock.ts'
import type { Problem, SimilarPage, TrendPage } from '../../lib/contract.ts'
import { lanesAtMost, parseNames } from '../../lib/explore/address.ts'
import { type Chosen, findProperty, linesOf, toggle } from '../../lib/explore/chosen.ts'
import { view } from '../../lib/explore/view.ts'
import type { Span } from '../../lib/explore/zoom.ts'
import { formatLength, formatNumber, formatValue, localText } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { queryEntry } from '../../lib/router.ts'
import { seriesOf } from '../../lib/series.ts'
import { unitSymbol } from '../../lib/units.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { ErrorNote } from '../../parts/error.tsx'
import { Sparkline } from '../../parts/sparkline.tsx'
import { titleOf } from '../../parts/trouble-text.ts'

const shownAtMost = 4
const askedFor = 12
const settleMs = 900
const sparkBuckets = 100
/** Less than this is said to be at the same time. */
const leastLagUs = 30e6

type Found = SimilarPage['similar'][number]

interface Answer {
  readonly page?: SimilarPage
  readonly trends?: TrendPage
  readonly span: Span
  readonly problem?: Problem
}

/** What else moved in the selection: all other properties compared with the first, closest first. */
export function Similar({ chosen, selection }: { chosen: readonly Chosen[]; selection: Span | undefined }) {
  const t = words('explore')
  const first = linesOf(chosen)[0]
  const answer = useSimilar(first?.property.definition.tag, selection ?? view.value, selection !== undefined)
  if (!first) return null
  const names = new Set(chosen.map(({ name }) => name))
  const others = (answer?.page?.similar ?? []).filter(({ thing, property }) => !names.has(`${thing}/${property}`))
  return (
    <section aria-labelledby="similar-title" class="stack similar">
      <div class="row wrap">
        <h2 id="similar-title">{t.similar}</h2>
        {answer?.page && (
          <span class="quiet s hide-s">{t.similarHint(formatNumber(answer.page.compared, 0), first.title)}</span>
        )}
      </div>
      {answer?.problem && (
        <div class="card">
          <ErrorNote title={t.cannotCompare} problem={answer.problem} />
        </div>
      )}
      {!answer && (
        <p class="s quiet" role="status">
          {t.similarLoading}
        </p>
      )}
      {answer?.page && others.length === 0 && <p class="s soft">{t.similarNone}</p>}
      <ul class="wall">
        {others.slice(0, shownAtMost).map((found) => (
          <li key={found.tag}>
            <SimilarCard found={found} answer={answer!} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function SimilarCard({ found, answer }: { found: Found; answer: Answer }) {
  const t = words('explore')
  const name = `${found.thing}/${found.property}`
  const property = findProperty(name)
  const machine = localText(plant.find(found.thing)?.view.title, shownLanguage()) || found.thing
  const title = property ? `${machine} · ${titleOf(property.definition)}` : name
  const trend = answer.trends?.trends.find(({ tag }) => tag === found.tag)
  const series = trend && seriesOf(trend, answer.trends!)
  const last = series?.last.findLast((value) => value !== null)
  const full = parseNames(queryEntry('tags')).length >= lanesAtMost
  return (
    <button
      type="button"
      class="card similar-card"
      disabled={full}
      title={t.addSeries(title)}
      onClick={() => toggle(name)}
    >
      <span class="row s">
        <span class="clip">{title}</span>
        <span class="end num xs quiet">{formatNumber(found.correlation, 2)}</span>
      </span>
      <Sparkline series={series} everyMs={property?.definition.everyMs} span={answer.span} />
      <span class="row xs">
        <span class="num">
          <b>{property ? formatValue(last ?? null, property.definition, words('common')) : '—'}</b>
          <span class="unit">{unitSymbol(property?.definition.unit)}</span>
        </span>
        <span class="end quiet">{lagText(found)}</span>
      </span>
    </button>
  )
}

function lagText({ correlation, lagUs }: Found): string {
  const t = words('explore')
  if (Math.abs(lagUs) >= leastLagUs) return lagUs > 0 ? t.later(formatLength(lagUs)) : t.sooner(formatLength(-lagUs))
  return correlation < 0 ? t.against : t.withIt
}

/** Asked for once the view has come to rest; a live view is asked about now and then only. */
function useSimilar(tag: number | undefined, span: Span, isSelection: boolean): Answer | undefined {
  const [answer, setAnswer] = useState<Answer & { readonly key: string }>()
  const from = Math.round(span.from)
  const to = Math.round(Math.min(span.to, instanceNow()))
  // A live view moves on: it is compared anew after a twentieth of its length.
  const length = Math.round((span.to - span.from) / 1e3)
  const key = `${tag};${length};${isSelection ? from : Math.floor(from / 1e3 / Math.max(1, length / 20))}`
  useEffect(() => {
    if (tag === undefined || to <= from) return
    const abort = new AbortController()
    const load = async () => {
      try {
        const page = await api.similar(tag, { from, to, limit: askedFor }, abort.signal)
        if (abort.signal.aborted) return
        const tags = page.similar.map((found) => found.tag)
        const trends =
          tags.length > 0 ? await api.trend(tags, { from, to, buckets: sparkBuckets }, abort.signal) : undefined
        if (!abort.signal.aborted) setAnswer({ key, page, span: { from, to }, ...(trends && { trends }) })
      } catch (error) {
        if (!abort.signal.aborted) setAnswer({ key, span: { from, to }, problem: asProblem(error) })
      }
    }
    const timer = setTimeout(() => void load(), settleMs)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [key])
  return answer
}
