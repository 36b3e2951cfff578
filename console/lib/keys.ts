import { signal } from '@preact/signals'
import { language, setLanguage, singleKeys, toggleTheme } from './preferences.ts'
import { goLive, pan } from './range.ts'
import { go, hrefOf } from './router.ts'

/** Which dialog of the frame is open: what the keys and the buttons of the frame open. */
export const frameDialog = signal<'keys' | undefined>(undefined)

const leaderMs = 1200
let leader = 0

const places: Readonly<Record<string, string>> = { h: '/', e: '/explore' }

const single: Readonly<Record<string, () => void>> = {
  '/': focusSearch,
  '?': () => {
    frameDialog.value = 'keys'
  },
  '[': () => pan(-1),
  ']': () => pan(1),
  l: goLive,
  t: toggleTheme,
  j: () => moveRow(1),
  k: () => moveRow(-1),
  f: focusFilter,
}

let ofPage: Readonly<Record<string, () => void>> = {}

/** Keys that only the open page knows; they come before those of the frame. Returns how to take them back. */
export function setPageKeys(keys: Readonly<Record<string, () => void>>): () => void {
  ofPage = keys
  return () => {
    if (ofPage === keys) ofPage = {}
  }
}

export function focusSearch(): void {
  document.getElementById('find')?.focus()
}

function focusFilter(): void {
  document.querySelector<HTMLElement>('[data-filter]')?.focus()
}

/** The list of rows on the page: links marked as rows, in the order of the document. */
const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('main [data-row]')]

function moveRow(step: number): void {
  const all = rows()
  const at = all.indexOf(document.activeElement as HTMLElement)
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))
  all[next]?.focus()
}

/** Whether a key belongs to what has the focus: text is being typed, a dialog is open, a list is being chosen from. */
function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true
  const target = event.target as HTMLElement
  return target.matches('input, textarea, select, [contenteditable], [role="menuitem"]') || !!target.closest('dialog')
}

/** Esc leads one level up: the crumb before the last. */
function goUp(): void {
  const up = [...document.querySelectorAll<HTMLAnchorElement>('.crumbs a')].at(-1)
  if (up) go(up.pathname + up.search)
}

/** GUIDE §8. Single keys can be turned off; Esc and the arrows stay. */
export function startKeys(): void {
  addEventListener('keydown', (event) => {
    if (isTaken(event)) return
    if (event.key === 'Escape') return goUp()
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (!(document.activeElement as HTMLElement | null)?.matches('[data-row]')) return
      event.preventDefault()
      return moveRow(event.key === 'ArrowDown' ? 1 : -1)
    }
    const arrow = event.key.startsWith('Arrow') ? ofPage[event.key] : undefined
    if (arrow) {
      event.preventDefault()
      return arrow()
    }
    if (!singleKeys.peek()) return
    const isSecond = event.timeStamp - leader < leaderMs
    leader = event.key === 'g' && !isSecond ? event.timeStamp : 0
    const page = isSecond ? places[event.key] : undefined
    const run = page !== undefined ? () => go(hrefOf(page)) : (ofPage[event.key] ?? single[event.key])
    if (!run) return
    event.preventDefault()
    run()
  })
}

export const toggleLanguage = (): void => setLanguage(language.value === 'en' ? 'zh' : 'en')
