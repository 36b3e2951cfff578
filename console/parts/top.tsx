// biome-ignore-all lint/a11y/useSemanticElements: a toolbar is no fieldset of a form
import { formatPeriod, localText } from '../lib/format.ts'
import { plant } from '../lib/instance.ts'
import { toggleLanguage } from '../lib/keys.ts'
import { matchPath } from '../lib/paths.ts'
import { isDark, paletteVersion, toggleTheme } from '../lib/preferences.ts'
import { goLive, pan, range, setRange } from '../lib/range.ts'
import { hrefOf, place } from '../lib/router.ts'
import { rangePresets, type TimeRange } from '../lib/time-range.ts'
import { shownLanguage, words } from '../lib/words.ts'
import { Find } from './find.tsx'
import { Icon } from './icons.tsx'
import { plantTitle } from './title.ts'

/** Pages without time hide the range. */
const timeless: ReadonlySet<string> = new Set(['/system', '/sql'])

/** Crumbs, search, the one time range of all pages, language, theme. */
export function Top() {
  return (
    <header class="top">
      <Crumbs />
      <Find />
      {!timeless.has(place.value.path) && <RangePicker />}
      <Preferences />
    </header>
  )
}

function Crumbs() {
  const t = words('common')
  const id = matchPath('/machines/:id', place.value.path)?.['id']
  const thing = id === undefined ? undefined : plant.things.value && plant.find(id)
  const language = shownLanguage()
  const page = ({ '/explore': t.explore, '/sql': 'SQL', '/system': t.system } as Record<string, string>)[
    place.value.path
  ]
  const area = localText(thing?.view.area, language)
  const areaKey = localText(thing?.view.area, 'en')
  return (
    <nav class="crumbs" aria-label={t.whereYouAre}>
      <ol>
        <li>
          {place.value.path === '/' ? (
            <span aria-current="page">{plantTitle()}</span>
          ) : (
            <a href={hrefOf('/')}>{plantTitle()}</a>
          )}
        </li>
        {area !== '' && (
          <li class="hide-s">
            <a href={hrefOf('/', { area: areaKey })}>{area}</a>
          </li>
        )}
        {page !== undefined && (
          <li>
            <span aria-current="page">{page}</span>
          </li>
        )}
        {id !== undefined && (
          <li class="clip">
            <span aria-current="page">{localText(thing?.view.title, language) || id}</span>
          </li>
        )}
      </ol>
    </nav>
  )
}

function RangePicker() {
  const t = words('common')
  const current = range.value
  return (
    <div class="time" role="group" aria-label={t.timeRange}>
      <div class="seg">
        <button type="button" class="slim" aria-label={t.earlier} onClick={() => pan(-1)}>
          <Icon name="earlier" />
        </button>
        <span class="pick-range">
          <Icon name="clock" />
          <RangeSelect current={current} />
        </span>
        <button type="button" class="slim" aria-label={t.later} disabled={current.live} onClick={() => pan(1)}>
          <Icon name="later" />
        </button>
        <button type="button" aria-pressed={current.live} onClick={goLive}>
          <Icon name="pulse" />
          <span>{t.live}</span>
        </button>
      </div>
    </div>
  )
}

function RangeSelect({ current }: { current: TimeRange }) {
  const t = words('common')
  const zone = plant.system.value?.zone ?? 'UTC'
  const preset = current.live ? rangePresets.find(({ spanUs }) => spanUs === current.spanUs) : undefined
  const own = preset
    ? undefined
    : current.live
      ? t.lastMinutes(Math.round(current.spanUs / 60e6))
      : formatPeriod(current.from, current.to, zone, shownLanguage())
  const choose = (key: string) => {
    const chosen = rangePresets.find((candidate) => candidate.key === key)
    if (chosen) setRange({ live: true, spanUs: chosen.spanUs })
  }
  return (
    <select aria-label={t.range} value={preset?.key ?? 'own'} onChange={(event) => choose(event.currentTarget.value)}>
      {own !== undefined && <option value="own">{own}</option>}
      {rangePresets.map(({ key }) => (
        <option key={key} value={key}>
          {t.presets[key]}
        </option>
      ))}
    </select>
  )
}

function Preferences() {
  const t = words('common')
  // The system's wish may change while the page is open.
  paletteVersion.value
  return (
    <div class="row pref">
      <button type="button" class="btn bare" onClick={toggleLanguage} lang={shownLanguage() === 'en' ? 'zh-CN' : 'en'}>
        {t.otherLanguage}
      </button>
      <button type="button" class="btn bare" aria-label={isDark() ? t.toLight : t.toDark} onClick={toggleTheme}>
        <Icon name={isDark() ? 'sun' : 'moon'} />
      </button>
    </div>
  )
}
