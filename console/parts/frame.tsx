import type { ComponentChildren } from 'preact'
import { tick } from '../lib/clock.ts'
import { formatClock, formatPeriod, formatSpan } from '../lib/format.ts'
import { liveState, plant, retryNow } from '../lib/instance.ts'
import { focusSearch, frameDialog } from '../lib/keys.ts'
import { range } from '../lib/range.ts'
import { hrefOf, place } from '../lib/router.ts'
import { worstPriority } from '../lib/trouble.ts'
import { troubles } from '../lib/troubles.ts'
import { shownLanguage, words } from '../lib/words.ts'
import { PriorityGlyph } from './glyphs.tsx'
import { Icon, type IconName, Mark } from './icons.tsx'
import { KeysDialog } from './keys-dialog.tsx'
import { plantTitle } from './title.ts'
import { Toasts } from './toast.tsx'
import { Top } from './top.tsx'

/** What every page stands in: side bar, top bar, content, bottom bar on a phone. Only pages that exist are named. */
export function Frame({ children }: { children: ComponentChildren }) {
  const t = words('common')
  const lost = liveState.value.kind === 'lost'
  return (
    <>
      <Announcer />
      <a class="skip" href="#main">
        {t.skip}
      </a>
      <div class={`frame${lost ? ' lost' : ''}`}>
        <Side />
        <Top />
        <main id="main" tabIndex={-1}>
          <LostNote />
          <RangeNote />
          {children}
        </main>
      </div>
      <Bottom />
      <Toasts />
      {frameDialog.value === 'keys' && <KeysDialog />}
    </>
  )
}

function Side() {
  const t = words('common')
  return (
    <nav class="side" aria-label={t.pages}>
      <a class="brand" href={hrefOf('/')}>
        <Mark />
        <span class="t clip">{plantTitle()}</span>
      </a>
      <ul class="first">
        <li>
          <HomeLink />
        </li>
        <SideLink icon="explore" href={hrefOf('/explore')} text={t.explore} />
        <SideLink icon="table" href={hrefOf('/sql')} text="SQL" />
      </ul>
      <h2>{t.system}</h2>
      <ul>
        <SideLink icon="disk" href={hrefOf('/system')} text={t.system} />
        <SideLink icon="book" href="/api/docs" text={t.apiDocs} />
        <SideLink icon="pulse" href="/metrics" text={t.metrics} />
      </ul>
      <footer class="xs quiet">
        <span>{t.nothingLeaves}</span>
      </footer>
    </nav>
  )
}

function HomeLink() {
  const t = words('common')
  const needs = troubles.value
  const worst = worstPriority([...needs.values()].flat())
  return (
    <a href={hrefOf('/')} aria-current={place.value.path === '/' ? 'page' : undefined}>
      <Icon name="home" />
      <span class="t">{t.home}</span>
      {needs.size > 0 && (
        <span class="count">
          {worst && <PriorityGlyph priority={worst} small />}
          {needs.size}
        </span>
      )}
    </a>
  )
}

function SideLink({ icon, href, text }: { icon: IconName; href: string; text: string }) {
  return (
    <li>
      <a href={href} aria-current={place.value.path === href.split('?')[0] ? 'page' : undefined}>
        <Icon name={icon} />
        <span class="t">{text}</span>
      </a>
    </li>
  )
}

function Bottom() {
  const t = words('common')
  const openKeys = () => {
    frameDialog.value = 'keys'
  }
  return (
    <nav class="bottom" aria-label={t.mainPages}>
      <a href={hrefOf('/')} aria-current={place.value.path === '/' ? 'page' : undefined}>
        <Icon name="home" />
        <span>{t.home}</span>
      </a>
      <a href={hrefOf('/explore')} aria-current={place.value.path === '/explore' ? 'page' : undefined}>
        <Icon name="explore" />
        <span>{t.explore}</span>
      </a>
      <button type="button" onClick={focusSearch}>
        <Icon name="search" />
        <span>{t.find}</span>
      </button>
      <button type="button" onClick={openKeys}>
        <Icon name="sliders" />
        <span>{t.display}</span>
      </button>
      <a href={hrefOf('/system')} aria-current={place.value.path === '/system' ? 'page' : undefined}>
        <Icon name="disk" />
        <span>{t.system}</span>
      </a>
    </nav>
  )
}

/** The stream broke: everything on the page is the last known, and says so. */
function LostNote() {
  const state = liveState.value
  if (state.kind !== 'lost') return null
  const t = words('common')
  const zone = plant.system.value?.zone ?? 'UTC'
  const waitS = Math.max(0, (state.nextTryMs * 1000 - tick.value) / 1e6)
  return (
    <section class="card note lost-note" role="status" aria-label={t.lost}>
      <Icon name="cut" />
      <div>
        <h2>{t.lostSince(formatClock(state.sinceMs * 1000, zone, true))}</h2>
        <p>{t.sentences(t.lostText, t.nextTry(formatSpan(waitS)))}</p>
      </div>
      <div class="acts">
        <button type="button" class="btn" onClick={retryNow}>
          {t.tryNow}
        </button>
      </div>
    </section>
  )
}

/** Live stops when one pans, and says so. */
function RangeNote() {
  const current = range.value
  if (current.live) return null
  const t = words('common')
  const zone = plant.system.value?.zone ?? 'UTC'
  return (
    <p class="s soft range-note">
      <Icon name="clock" />
      {t.rangeStands(formatPeriod(current.from, current.to, zone, shownLanguage()))}
    </p>
  )
}

/** Screen readers hear when the number of machines that need someone changes, not every value. */
function Announcer() {
  const t = words('common')
  const count = troubles.value.size
  return (
    <div class="vh" aria-live="polite">
      {count > 0 ? t.announce(count) : ''}
    </div>
  )
}
