import { effect, signal } from '@preact/signals'
import type { Language } from './format.ts'
import { place, setQuery } from './router.ts'

export type Theme = 'system' | 'light' | 'dark'
export type Contrast = 'system' | 'normal' | 'more'

const stored = (key: string): string | undefined => {
  try {
    return localStorage.getItem(`interwork.${key}`) ?? undefined
  } catch {
    return undefined // a browser that forbids storage still gets a console
  }
}

function store(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`interwork.${key}`)
    else localStorage.setItem(`interwork.${key}`, value)
  } catch {
    // as above
  }
}

const oneOf = <T extends string>(value: string | null | undefined, ...allowed: readonly T[]): T | undefined =>
  allowed.find((candidate) => candidate === value)

export const theme = signal<Theme>('system')
export const contrast = signal<Contrast>('system')
export const language = signal<Language>('en')
/** Wall display: no controls, read from five metres. Only by the address. */
export const wall = signal(false)
/** Single keys can be turned off (WCAG 2.1.4). */
export const singleKeys = signal(true)
/** Grows with every change of theme or contrast: canvases read their colours again. */
export const paletteVersion = signal(0)

/** Takes preferences by address first, then as stored, then as the system wishes; keeps the page in step with them. */
export function startPreferences(): void {
  effect(() => {
    const { query } = place.value
    theme.value = oneOf(query.get('theme') ?? stored('theme'), 'light', 'dark') ?? 'system'
    contrast.value = oneOf(query.get('contrast') ?? stored('contrast'), 'normal', 'more') ?? 'system'
    language.value = languageOf(query.get('lang') ?? stored('lang') ?? navigator.language)
    wall.value = query.get('view') === 'wall'
  })
  singleKeys.value = stored('keys') !== 'off'
  effect(() => {
    const root = document.documentElement
    setData(root, 'theme', theme.value)
    setData(root, 'contrast', contrast.value)
    setData(root, 'view', wall.value ? 'wall' : 'system')
    root.lang = language.value === 'zh' ? 'zh-CN' : 'en'
    paletteVersion.value = paletteVersion.peek() + 1
  })
  for (const media of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'])
    matchMedia(media).addEventListener('change', () => paletteVersion.value++)
}

const languageOf = (tag: string): Language => (tag.toLowerCase().startsWith('zh') ? 'zh' : 'en')

function setData(root: HTMLElement, key: string, value: string): void {
  if (value === 'system') delete root.dataset[key]
  else root.dataset[key] = value
}

/** Remembers a choice; an entry of the same name in the address would win over it, so it goes. */
function choose(key: 'theme' | 'contrast' | 'lang', value: string | undefined): void {
  store(key, value)
  if (place.peek().query.has(key)) setQuery({ [key]: undefined })
}

export function setTheme(value: Theme): void {
  choose('theme', value === 'system' ? undefined : value)
  theme.value = value
}

export function setContrast(value: Contrast): void {
  choose('contrast', value === 'system' ? undefined : value)
  contrast.value = value
}

export function setLanguage(value: Language): void {
  choose('lang', value)
  language.value = value
}

export function setSingleKeys(on: boolean): void {
  store('keys', on ? undefined : 'off')
  singleKeys.value = on
}

/** Whether the page is dark now, by choice or by the system. */
export const isDark = (): boolean =>
  theme.value === 'dark' || (theme.value === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)

export const toggleTheme = (): void => setTheme(isDark() ? 'light' : 'dark')
