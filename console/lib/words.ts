import { signal } from '@preact/signals'
import type { CommonWords } from '../words/en/common.ts'
import type { ExploreWords } from '../words/en/explore.ts'
import type { HomeWords } from '../words/en/home.ts'
import type { MachineWords } from '../words/en/machine.ts'
import type { SqlWords } from '../words/en/sql.ts'
import type { SystemWords } from '../words/en/system.ts'
import type { Language } from './format.ts'

/** The dictionaries: one of the frame and the parts, and one a page, each loaded when its page is. */
interface Dictionaries {
  readonly common: CommonWords
  readonly home: HomeWords
  readonly machine: MachineWords
  readonly explore: ExploreWords
  readonly sql: SqlWords
  readonly system: SystemWords
}
export type DictionaryName = keyof Dictionaries

type Loaders = { readonly [Name in DictionaryName]: () => Promise<{ words: Dictionaries[Name] }> }

const loaders: Readonly<Record<Language, Loaders>> = {
  en: {
    common: () => import('../words/en/common.ts'),
    home: () => import('../words/en/home.ts'),
    machine: () => import('../words/en/machine.ts'),
    explore: () => import('../words/en/explore.ts'),
    sql: () => import('../words/en/sql.ts'),
    system: () => import('../words/en/system.ts'),
  },
  zh: {
    common: () => import('../words/zh/common.ts'),
    home: () => import('../words/zh/home.ts'),
    machine: () => import('../words/zh/machine.ts'),
    explore: () => import('../words/zh/explore.ts'),
    sql: () => import('../words/zh/sql.ts'),
    system: () => import('../words/zh/system.ts'),
  },
}

const loaded = signal<{ readonly language: Language; readonly of: Partial<Dictionaries> }>({ language: 'en', of: {} })

/** Loads dictionaries and switches to their language, all at once so that no page is ever in two. */
export async function loadWords(language: Language, names: readonly DictionaryName[]): Promise<void> {
  const all: readonly DictionaryName[] = ['common', ...names]
  const modules = await Promise.all(all.map((name) => loaders[language][name]()))
  const fresh = Object.fromEntries(all.map((name, index) => [name, modules[index]!.words]))
  const before = loaded.peek()
  loaded.value = { language, of: before.language === language ? { ...before.of, ...fresh } : fresh }
}

/** A dictionary in the language shown. The page's loader has loaded it before the page is drawn. */
export function words<Name extends DictionaryName>(name: Name): Dictionaries[Name] {
  const dictionary = loaded.value.of[name]
  if (!dictionary) throw new Error(`The dictionary "${name}" is not loaded`)
  return dictionary as Dictionaries[Name]
}

/** The language the words on the screen are in: it changes when they do, not when it is asked for. */
export const shownLanguage = (): Language => loaded.value.language
