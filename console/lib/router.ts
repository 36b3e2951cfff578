import { computed, signal } from '@preact/signals'
import { withQuery } from './paths.ts'

/** What stays in the address from page to page: the shared time range and how the page is shown. */
const stickyKeys = ['from', 'to', 'view', 'theme', 'contrast', 'lang'] as const

interface Place {
  readonly path: string
  readonly query: URLSearchParams
}

const read = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) })

/** Where we are. Everything a page shows follows from it, so a link sent to a colleague shows the same. */
export const place = signal<Place>({ path: '/', query: new URLSearchParams() })

/** One entry of the query, as a signal that only changes when that entry does. */
const entries = new Map<string, { readonly value: string | undefined }>()
export function queryEntry(key: string): string | undefined {
  let entry = entries.get(key)
  if (!entry) {
    entry = computed(() => place.value.query.get(key) ?? undefined)
    entries.set(key, entry)
  }
  return entry.value
}

/** The address of a page with the sticky entries of the present one and the entries given. */
export function hrefOf(path: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  const next = new URLSearchParams()
  for (const key of stickyKeys) {
    const value = place.value.query.get(key)
    if (value !== null) next.set(key, value)
  }
  return withQuery(path, next, query)
}

export const machineHref = (id: string, query?: Readonly<Record<string, string | undefined>>): string =>
  hrefOf(`/machines/${encodeURIComponent(id)}`, query)

/** Goes to an address of the console. A new entry of the history, unless `replace`. */
export function go(href: string, options: { replace?: boolean } = {}): void {
  const samePath = new URL(href, location.href).pathname === location.pathname
  if (options.replace) history.replaceState(null, '', href)
  else history.pushState(null, '', href)
  place.value = read()
  if (!samePath) {
    scrollTo(0, 0)
    document.getElementById('main')?.focus({ preventScroll: true })
  }
}

/** Changes entries of the query of this page; `undefined` removes one. */
export function setQuery(changes: Readonly<Record<string, string | undefined>>, options = { replace: true }): void {
  const href = withQuery(location.pathname, new URLSearchParams(location.search), changes)
  if (href !== location.pathname + location.search) go(href, options)
}

/** The page's own addresses, for the link interception: everything but the API and files. */
const isOwn = (url: URL): boolean =>
  url.origin === location.origin && !/^\/(api|metrics|assets)(\/|$)/.test(url.pathname)

/** Starts to follow the history and clicks on links. */
export function startRouter(): void {
  place.value = read()
  addEventListener('popstate', () => {
    place.value = read()
  })
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
    const link = (event.target as Element | null)?.closest?.('a')
    if (!link || link.target || link.hasAttribute('download') || link.getAttribute('href')?.startsWith('#')) return
    const url = new URL(link.href, location.href)
    if (!isOwn(url)) return
    event.preventDefault()
    go(url.pathname + url.search)
  })
}
