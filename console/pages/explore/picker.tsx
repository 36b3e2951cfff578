// biome-ignore-all lint/a11y/noStaticElementInteractions: arrows are caught for the boxes inside, which take the focus
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { lanesAtMost, linesAtMost } from '../../lib/explore/address.ts'
import type { Chosen } from '../../lib/explore/chosen.ts'
import { nameOf, toggle } from '../../lib/explore/chosen.ts'
import { type Pickable, type PickRow, pickRows, windowOf } from '../../lib/explore/picker.ts'
import { formatNumber, formatValue, localText } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import type { LiveProperty } from '../../lib/plant.ts'
import { queryEntry, setQuery } from '../../lib/router.ts'
import { unitSymbol } from '../../lib/units.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Badge } from '../../parts/badge.tsx'
import { Card } from '../../parts/card.tsx'
import { Icon } from '../../parts/icons.tsx'
import { QualityMark } from '../../parts/quality.tsx'
import { titleOf } from '../../parts/trouble-text.ts'
import { shown } from '../../parts/value.tsx'

interface Pick extends Pickable {
  readonly property: LiveProperty
}

/** Fewer rows than this all stand in the document. */
const virtualAbove = 200

/** Every property of every machine, found by words; ticking one draws it. */
export function Picker({ chosen }: { chosen: readonly Chosen[] }) {
  const t = words('explore')
  const groups = useGroups()
  const find = queryEntry('find') ?? ''
  const { rows, count } = useMemo(() => pickRows(groups, find), [groups, find])
  const total = groups.reduce((sum, { items }) => sum + items.length, 0)
  const box = useRef<HTMLDivElement>(null)
  const most = queryEntry('as') === 'wall' ? linesAtMost : lanesAtMost
  return (
    <Card
      id="pick"
      class="pick"
      title={t.properties}
      actions={<span class="quiet s num end">{t.countOf(formatNumber(count, 0), formatNumber(total, 0))}</span>}
    >
      <div class="body">
        <div class="field">
          <label class="vh" for="pick-find">
            {t.findProperty}
          </label>
          <div class="in">
            <Icon name="search" />
            <input
              id="pick-find"
              type="search"
              data-filter
              autocomplete="off"
              placeholder={t.findHint}
              value={find}
              onInput={(event) => setQuery({ find: event.currentTarget.value })}
              onKeyDown={(event) => onFindKey(event, box.current)}
            />
          </div>
        </div>
      </div>
      {chosen.length >= most && <p class="xs quiet pick-note">{t.full(most)}</p>}
      <PickList rows={rows} chosen={chosen} full={chosen.length >= most} box={box} />
      {rows.length === 0 && (
        <div class="body stack s">
          <p class="soft">{t.nothingFound}</p>
          <button type="button" class="btn small" onClick={() => setQuery({ find: undefined })}>
            {t.clearFind}
          </button>
        </div>
      )}
    </Card>
  )
}

function onFindKey(event: KeyboardEvent, box: HTMLElement | null): void {
  if (event.key === 'Escape' && (event.currentTarget as HTMLInputElement).value !== '') {
    event.preventDefault()
    setQuery({ find: undefined })
  }
  if (event.key !== 'ArrowDown' && event.key !== 'Enter') return
  event.preventDefault()
  const first = box?.querySelector<HTMLInputElement>('input:not([disabled])')
  if (event.key === 'Enter') first?.click()
  else first?.focus()
}

function useGroups() {
  const things = plant.things.value
  const language = shownLanguage()
  return useMemo(
    () =>
      (things ?? []).map(({ view, properties }) => ({
        thing: view.id,
        title: localText(view.title, language),
        search: `${view.id} ${localText(view.title, 'en')} ${localText(view.title, 'zh')}`.toLowerCase(),
        items: properties.map(
          (property): Pick => ({
            property,
            name: nameOf(property),
            title: titleOf(property.definition),
            search: [
              property.definition.name,
              ...['en', 'zh'].map((l) => localText(property.definition.title, l as 'en')),
            ]
              .join(' ')
              .toLowerCase(),
          }),
        ),
      })),
    [things, language],
  )
}

interface PickListProps {
  readonly rows: readonly PickRow<Pick>[]
  readonly chosen: readonly Chosen[]
  readonly full: boolean
  readonly box: { current: HTMLDivElement | null }
}

function PickList({ rows, chosen, full, box }: PickListProps) {
  const places = new Map(chosen.map(({ name, index }) => [name, index]))
  const window = useRowWindow(rows, box)
  return (
    <div class="pick-list" ref={box} onKeyDown={(event) => onListKey(event, box.current!)}>
      {window.above > 0 && <div style={{ height: `${window.above}px` }} />}
      {groupsOf(rows.slice(window.first, window.last)).map((group) => (
        <PickGroupList key={group.thing} group={group} places={places} full={full} />
      ))}
      {window.below > 0 && <div style={{ height: `${window.below}px` }} />}
    </div>
  )
}

interface DrawnGroup {
  readonly thing: string
  head: { title: string; count: number } | undefined
  readonly items: Pick[]
}

/** Rows near the window, by machine again; the first may have lost its heading to what was scrolled by. */
function groupsOf(rows: readonly PickRow<Pick>[]): DrawnGroup[] {
  const groups: DrawnGroup[] = []
  for (const row of rows) {
    let group = groups.at(-1)
    if (!group || group.thing !== row.thing) {
      group = { thing: row.thing, head: undefined, items: [] }
      groups.push(group)
    }
    if (row.kind === 'group') group.head = row
    else group.items.push(row.item)
  }
  return groups
}

function PickGroupList({
  group: { thing, head, items },
  places,
  full,
}: {
  group: DrawnGroup
  places: ReadonlyMap<string, number>
  full: boolean
}) {
  const t = words('explore')
  const title = head?.title ?? localText(plant.find(thing)?.view.title, shownLanguage())
  return (
    <>
      {head && (
        <h3>
          <span class="clip">{head.title}</span>
          <span class="end num">{head.count}</span>
        </h3>
      )}
      <ul aria-label={t.propertiesOf(title)}>
        {items.map((item) => (
          <PickItem key={item.name} item={item} index={places.get(item.name)} full={full} />
        ))}
      </ul>
    </>
  )
}

function PickItem({ item, index, full }: { item: Pick; index: number | undefined; full: boolean }) {
  const { definition } = item.property
  const now = shown(item.property)
  const none = now.value === null || now.value === undefined
  return (
    <li>
      <label>
        <input
          type="checkbox"
          checked={index !== undefined}
          disabled={full && index === undefined}
          onChange={() => toggle(item.name)}
        />
        {index !== undefined && <Badge index={index} />}
        <span class="clip">{item.title}</span>
        {now.reading && now.quality !== 'good' && <QualityMark quality={now.quality} />}
        <span class={`num${now.doubt && !none ? ' doubt' : ''}`}>
          <span class="clip">{formatValue(now.value, definition, words('common'))}</span>
          <span class="unit">{unitSymbol(definition.unit)}</span>
        </span>
      </label>
    </li>
  )
}

/** Arrows move through the list, as in a list of rows. */
function onListKey(event: KeyboardEvent, box: HTMLElement): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  if (step === 0) return
  event.preventDefault()
  event.stopPropagation()
  const all = [...box.querySelectorAll<HTMLInputElement>('input')]
  const next = all.indexOf(document.activeElement as HTMLInputElement) + step
  if (next < 0) document.getElementById('pick-find')?.focus()
  else all[next]?.focus()
}

function useRowWindow(rows: readonly PickRow<Pick>[], box: { current: HTMLDivElement | null }) {
  const [top, setTop] = useState(0)
  const isLong = rows.length > virtualAbove
  useEffect(() => {
    const element = box.current
    if (!element || !isLong) return
    let asked = 0
    const onScroll = () => {
      cancelAnimationFrame(asked)
      asked = requestAnimationFrame(() => setTop(element.scrollTop))
    }
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => element.removeEventListener('scroll', onScroll)
  }, [isLong])
  if (!isLong) return { first: 0, last: rows.length, above: 0, below: 0 }
  const heights = {
    group: box.current?.querySelector('h3')?.clientHeight ?? 33,
    item: box.current?.querySelector('li')?.clientHeight ?? 28,
  }
  return windowOf(rows, heights, top, box.current?.clientHeight ?? 640)
}
