import { signal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { matchPath } from '../lib/paths.ts'
import { language } from '../lib/preferences.ts'
import { place } from '../lib/router.ts'
import { type DictionaryName, loadWords } from '../lib/words.ts'

/** A page by its address; its code and its words are loaded when it is opened. */
interface PageEntry {
  readonly pattern: string
  readonly words: readonly DictionaryName[]
  load(): Promise<{ Page: ComponentType<PageProps> }>
}

export interface PageProps {
  readonly parameters: Readonly<Record<string, string>>
}

const pages: readonly PageEntry[] = [
  { pattern: '/', words: ['home'], load: () => import('./home/home.tsx') },
  { pattern: '/machines/:id', words: ['machine'], load: () => import('./machine/machine.tsx') },
  { pattern: '/explore', words: ['explore'], load: () => import('./explore/explore.tsx') },
  { pattern: '/sql', words: ['sql'], load: () => import('./sql/sql.tsx') },
  { pattern: '/system', words: ['system'], load: () => import('./system/system.tsx') },
]
const notFound: PageEntry = { pattern: '', words: [], load: () => import('./not-found.tsx') }

interface OpenPage extends PageProps {
  readonly entry: PageEntry
  readonly Page: ComponentType<PageProps>
}

/** The page on the screen; undefined before the first has been loaded. */
export const page = signal<OpenPage | undefined>(undefined)
/** Why a page could not be loaded, where that is so. */
export const pageFailure = signal<unknown>(undefined)

let latest = 0

/** Opens the page of the present address in the present language. The old one stays until the new one is there. */
export function openPage(): void {
  const { path } = place.value
  const wanted = language.value
  const turn = ++latest
  const { entry, parameters } = findPage(path)
  Promise.all([entry.load(), loadWords(wanted, entry.words)]).then(
    ([{ Page }]) => {
      if (turn === latest) page.value = { entry, Page, parameters }
    },
    (error: unknown) => {
      pageFailure.value = error
    },
  )
}

function findPage(path: string): { entry: PageEntry; parameters: Readonly<Record<string, string>> } {
  for (const entry of pages) {
    const parameters = matchPath(entry.pattern, path)
    if (parameters) return { entry, parameters }
  }
  return { entry: notFound, parameters: {} }
}
