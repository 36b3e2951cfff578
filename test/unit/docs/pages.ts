import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export const root = join(import.meta.dirname, '../../..')

/** Folders whose README and pages are for people. */
const folders = ['docs', 'src', 'console', 'profiles', 'test', 'bench', 'scripts']

/** All Markdown of the repository, by path from its root. */
export const pages: readonly string[] = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => relative(root, join(root, folder, name))),
  ),
].toSorted()

const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')

/** Code of a page in a language ('' where none is named), with the language. */
export const blocksOf = (page: string): readonly { language: string; code: string }[] =>
  [...textOf(page).matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, code]) => ({
    language: language!,
    code: code!,
  }))

/** A page without its code. */
export const proseOf = (page: string): string => textOf(page).replaceAll(/^```.*?^```$/gms, '')

export const exists = (...path: readonly string[]): boolean => existsSync(join(root, ...path))
