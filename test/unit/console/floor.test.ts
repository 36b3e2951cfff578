import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../../console')
const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => /\.(tsx?|css|js)$/.test(entry.name))
  .map((entry) => ({ name: entry.name, text: readFileSync(join(entry.parentPath, entry.name), 'utf8') }))

/** The bundler lowers syntax, not what is called: these are younger than Chromium 109 or Firefox ESR 115. */
const tooYoung = {
  scripts:
    /\.(toSorted|toReversed|toSpliced|isWellFormed|toWellFormed|showPopover)\(|\b(Object|Map)\.groupBy\(|Promise\.(withResolvers|try)\(|\bIterator\.from\(|new Set\([^)]*\)\.(union|intersection|difference)\(|requestIdleCallback|scheduler\./,
  styles: /light-dark\(|color-mix\(|subgrid|@scope|@starting-style|field-sizing|text-wrap|^\s+&|anchor\(/m,
}

describe('the console', () => {
  it('calls nothing that the oldest browser it serves does not have', () => {
    const scripts = files.filter(({ name }) => /\.(tsx?|js)$/.test(name))
    expect(scripts.filter(({ text }) => tooYoung.scripts.test(text)).map(({ name }) => name)).toEqual([])
  })

  it('has no style that the oldest browser it serves does not know', () => {
    const styles = files.filter(({ name }) => name.endsWith('.css'))
    const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '')
    expect(styles.filter(({ text }) => tooYoung.styles.test(code(text))).map(({ name }) => name)).toEqual([])
  })

  it('names no address but its own: nothing is fetched from elsewhere', () => {
    const foreign = files.filter(({ text }) => /https?:\/\/(?!www\.w3\.org\/)/.test(text)).map(({ name }) => name)
    expect(foreign).toEqual(['vite.config.ts'])
  })
})
