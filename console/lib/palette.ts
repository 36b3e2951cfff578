import { paletteVersion } from './preferences.ts'

type Token =
  | 'data'
  | 'ink'
  | 'ink-3'
  | 'line'
  | 'band-soft'
  | 'band-edge'
  | 'surface'
  | 'accent'
  | 'medium-edge'
  | 'low'
  | 's1'
  | 's2'
  | 's3'
  | 's4'
  | 's5'
  | 's6'
  | 'spark'
  | 'font'

let version = -1
let tokens = new Map<Token, string>()

/** The present value of a token, for canvases. Calling it in a render or effect follows changes of the theme. */
export function token(name: Token): string {
  if (paletteVersion.value !== version) {
    version = paletteVersion.value
    tokens = new Map()
  }
  let value = tokens.get(name)
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
    tokens.set(name, value)
  }
  return value
}
