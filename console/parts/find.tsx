// biome-ignore-all lint/a11y/useSemanticElements: <search> is younger than the oldest browser we serve (Chromium 109)
import { useMemo, useState } from 'preact/hooks'
import { findIn, type Target } from '../lib/find.ts'
import { localText } from '../lib/format.ts'
import { plant } from '../lib/instance.ts'
import { go, hrefOf, machineHref } from '../lib/router.ts'
import { shownLanguage, words } from '../lib/words.ts'
import { Icon } from './icons.tsx'

/** One search for machines, values and pages (`/`): arrows choose, Enter opens, Esc leaves. */
export function Find() {
  const t = words('common')
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const [open, setOpen] = useState(false)
  const targets = useTargets()
  const found = useMemo(() => findIn(targets, text), [targets, text])
  const leave = () => {
    setOpen(false)
    setText('')
    setAt(0)
  }
  const choose = (target: Target | undefined) => {
    if (!target) return
    leave()
    ;(document.activeElement as HTMLElement | null)?.blur()
    if (target.href.startsWith('/api') || target.href === '/metrics') location.href = target.href
    else go(target.href)
  }
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      setAt((at + step + found.length) % Math.max(1, found.length))
    } else if (event.key === 'Enter') choose(found[at])
    else if (event.key === 'Escape') {
      event.preventDefault()
      leave()
      ;(event.currentTarget as HTMLElement).blur()
    }
  }
  const showList = open && text.trim() !== ''
  return (
    <div class="find" role="search" onMouseDown={focusInside}>
      <Icon name="search" />
      <input
        id="find"
        type="text"
        role="combobox"
        autocomplete="off"
        placeholder={t.findPlaceholder}
        aria-label={t.findPlaceholder}
        aria-expanded={showList}
        aria-controls="found"
        aria-activedescendant={showList && found.length > 0 ? `found-${at}` : undefined}
        value={text}
        onFocus={() => setOpen(true)}
        onBlur={leave}
        onInput={(event) => {
          setText(event.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={onKey}
      />
      <kbd>/</kbd>
      <div id="found" class="found" role="listbox" tabIndex={-1} aria-label={t.found} hidden={!showList}>
        {found.map((target, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the combobox, which keeps the focus
          <div
            key={target.href + target.title}
            id={`found-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(target)}
          >
            <span class="clip">{target.title}</span>
            <span class="quiet xs clip">{target.where}</span>
          </div>
        ))}
        {showList && found.length === 0 && (
          <div role="option" tabIndex={-1} aria-selected={false} aria-disabled="true" class="quiet">
            {t.findNothing}
          </div>
        )}
      </div>
    </div>
  )
}

/** On a phone the field is as small as its icon until it is touched. */
function focusInside(event: MouseEvent): void {
  const input = document.getElementById('find')
  if (event.target === input || document.activeElement === input) return
  event.preventDefault()
  input?.focus()
}

function useTargets(): readonly Target[] {
  const t = words('common')
  const things = plant.things.value
  const language = shownLanguage()
  return useMemo(() => {
    const pages: Target[] = [
      { title: t.home, where: t.pages, href: hrefOf('/') },
      { title: t.explore, where: t.pages, href: hrefOf('/explore') },
      { title: 'SQL', where: t.pages, href: hrefOf('/sql') },
      { title: t.apiDocs, where: t.pages, href: '/api/docs' },
      { title: t.metrics, where: t.pages, href: '/metrics' },
    ]
    const machines = (things ?? []).map(
      ({ view }): Target => ({
        title: localText(view.title, language),
        where: localText(view.area, language),
        also: [view.id, localText(view.title, 'en')],
        href: machineHref(view.id),
      }),
    )
    const values = (things ?? []).flatMap(({ view }) =>
      view.properties.map(
        (property): Target => ({
          title: localText(property.title, language) || property.name,
          where: localText(view.title, language),
          also: [property.name],
          href: machineHref(view.id, { show: property.name }),
        }),
      ),
    )
    return [...pages, ...machines, ...values]
  }, [things, language, t])
}
