import { useEffect, useMemo } from 'preact/hooks'
import { type Layout, parseEarlier, parseLayout, parseSelection } from '../../lib/explore/address.ts'
import { chosenProperties, linesOf } from '../../lib/explore/chosen.ts'
import { lineOf, usePageLines } from '../../lib/explore/page-lines.ts'
import { panView, zoomView } from '../../lib/explore/view.ts'
import { formatLength, formatNumber } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { setPageKeys } from '../../lib/keys.ts'
import { queryEntry, setQuery } from '../../lib/router.ts'
import { words } from '../../lib/words.ts'
import { PageFoot } from '../../parts/foot.tsx'
import { Icon } from '../../parts/icons.tsx'
import { periodText, siteZone } from '../../parts/period.ts'
import { useTitle } from '../../parts/title.ts'
import { oldestReading } from './brush.tsx'
import { ChartCard } from './chart.tsx'
import { CompareSelect } from './compare.tsx'
import { EmptyChart } from './empty.tsx'
import { ExportDialog } from './export.tsx'
import { showAll } from './lanes.tsx'
import { Picker } from './picker.tsx'
import { Saved } from './saved.tsx'
import { Similar } from './similar.tsx'
import { Take } from './take.tsx'

/** Level 4: any property over any time, compared, measured, taken away. Everything shown stands in the address. */
export function Page() {
  const t = words('explore')
  useTitle(t.title)
  const chosen = chosenProperties()
  const earlier = parseEarlier(queryEntry('vs'))
  usePageLines(chosen, earlier)
  const selection = useMemo(() => parseSelection(queryEntry('sel')), [queryEntry('sel')])
  const layout = parseLayout(queryEntry('as'), chosen.length)
  usePageKeys()
  if (layout === 'wall' && queryEntry('view') === 'wall')
    return <ChartCard chosen={chosen} layout={layout} selection={selection} />
  return (
    <>
      <Head chosen={chosen.length} layout={layout} />
      <div class="g12">
        <div class="stack">
          <Picker chosen={chosen} />
          <Saved />
        </div>
        <div class="stack">
          {chosen.length === 0 ? <EmptyChart /> : <ChartCard chosen={chosen} layout={layout} selection={selection} />}
          {chosen.length > 0 && <Take chosen={chosen} selection={selection} />}
          {chosen.length > 0 && <Similar chosen={chosen} selection={selection} />}
        </div>
      </div>
      <Foot chosen={chosen.length} />
      {queryEntry('dialog') === 'export' && chosen.length > 0 && (
        <ExportDialog chosen={chosen} selection={selection} onClose={() => setQuery({ dialog: undefined })} />
      )}
    </>
  )
}

function usePageKeys(): void {
  useEffect(
    () =>
      setPageKeys({
        ArrowLeft: () => panView(-0.25),
        ArrowRight: () => panView(0.25),
        '+': () => zoomView(0.5),
        '=': () => zoomView(0.5),
        '-': () => zoomView(2),
        '0': () => showAll(oldestReading()),
        c: () => setQuery({ vs: parseEarlier(queryEntry('vs')) ? undefined : '1d' }),
        x: () => setQuery({ dialog: 'export' }, { replace: false }),
      }),
    [],
  )
}

const openExport = () => setQuery({ dialog: 'export' }, { replace: false })
const toSnippets = () => {
  const tabs = document.querySelector<HTMLElement>('#take [role="tab"][aria-selected="true"]')
  tabs?.scrollIntoView({ block: 'center' })
  tabs?.focus()
}

function Head({ chosen, layout }: { chosen: number; layout: Layout }) {
  const t = words('explore')
  return (
    <div class="head">
      <div>
        <h1>{t.title}</h1>
        <p>
          <Subtitle chosen={chosen} />
        </p>
      </div>
      {chosen > 0 && (
        <div class="row wrap acts">
          {layout !== 'wall' && <CompareSelect />}
          <button type="button" class="btn" onClick={openExport}>
            <Icon name="save" />
            <span>{t.export}</span>
          </button>
          <button type="button" class="btn" onClick={toSnippets}>
            <Icon name="copy" />
            <span>{t.copyAs}</span>
          </button>
        </div>
      )}
    </div>
  )
}

const totalProperties = (): number =>
  (plant.things.value ?? []).reduce((sum, { properties }) => sum + properties.length, 0)

/** What is shown, of how many, over which time, and how fine. */
function Subtitle({ chosen }: { chosen: number }) {
  const t = words('explore')
  const total = formatNumber(totalProperties(), 0)
  if (chosen === 0) return <>{t.countOf('0', total)}</>
  return <>{t.subtitle(chosen, total, periodText(), grainText())}</>
}

/** How fine the first line is: readings as they came, or means. */
function grainText(): string {
  const t = words('explore')
  const first = linesOf(chosenProperties())[0]
  const series = first && lineOf(first).series
  if (!series || series.time.length === 0) return ''
  const { everyMs } = first.property.definition
  if (series.count.some((count) => count > 1)) return t.grainMeans(formatLength(series.bucketUs))
  return everyMs === undefined ? t.grainAllRaw : t.grainRaw(formatLength(everyMs * 1000))
}

function Foot({ chosen }: { chosen: number }) {
  const t = words('explore')
  return (
    <PageFoot>
      <span>{t.foot(chosen, formatNumber(totalProperties(), 0))}</span>
      <span>{t.footZone(siteZone())}</span>
    </PageFoot>
  )
}
