import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorCatalogue } from '#kernel'
import { words as commonEn } from '../../../console/words/en/common.ts'
import { words as exploreEn } from '../../../console/words/en/explore.ts'
import { words as homeEn } from '../../../console/words/en/home.ts'
import { words as machineEn } from '../../../console/words/en/machine.ts'
import { words as sqlEn } from '../../../console/words/en/sql.ts'
import { words as systemEn } from '../../../console/words/en/system.ts'
import { words as commonZh } from '../../../console/words/zh/common.ts'
import { words as exploreZh } from '../../../console/words/zh/explore.ts'
import { words as homeZh } from '../../../console/words/zh/home.ts'
import { words as machineZh } from '../../../console/words/zh/machine.ts'
import { words as sqlZh } from '../../../console/words/zh/sql.ts'
import { words as systemZh } from '../../../console/words/zh/system.ts'

const dictionaries = {
  common: [commonEn, commonZh],
  home: [homeEn, homeZh],
  machine: [machineEn, machineZh],
  explore: [exploreEn, exploreZh],
  sql: [sqlEn, sqlZh],
  system: [systemEn, systemZh],
} as const
const consoleRoot = join(import.meta.dirname, '../../../console')
const sources = readdirSync(consoleRoot, { recursive: true, withFileTypes: true })
  .filter((entry) => /\.tsx?$/.test(entry.name) && !entry.parentPath.includes('words'))
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
/** Each file by the dictionaries it opens. */
const usersOf = (name: string): string =>
  sources.filter((text) => text.includes(`words('${name}')`) || text.includes(`words<'${name}'>`)).join('\n')

/** Every path of a dictionary down to its texts. */
function leaves(value: unknown, path = ''): Map<string, unknown> {
  if (typeof value !== 'object' || value === null) return new Map([[path, value]])
  return new Map(Object.entries(value).flatMap(([key, inner]) => [...leaves(inner, path ? `${path}.${key}` : key)]))
}

describe('the dictionaries', () => {
  for (const [name, [en, zh]] of Object.entries(dictionaries)) {
    it(`of ${name} have the same keys in both languages`, () => {
      // Remedies by code come from the server in English.
      const keys = (dictionary: object) => [...leaves({ ...dictionary, problems: 0 }).keys()].toSorted()
      expect(keys(zh)).toEqual(keys(en))
    })

    it(`of ${name} have no key that nothing uses`, () => {
      const text = usersOf(name)
      const unused = Object.keys(en).filter(
        (key) => !new RegExp(`[\\w)]\\.${key}\\b|\\{[^}]*\\b${key}\\b[^}]*\\}:`).test(text),
      )
      expect(unused).toEqual([])
    })

    it(`of ${name} keep to the house's way of speaking`, () => {
      const texts = (dictionary: object) =>
        [...leaves(dictionary)].flatMap(([key, text]) =>
          typeof text === 'string' ? [`${key}: ${text}`] : [String(text)],
        )
      expect(texts(en).filter((text) => /!(?!=)|\bplease\b|successfully/i.test(text.replace(/!==?|!\w/g, '')))).toEqual(
        [],
      )
      expect(texts(zh).filter((text) => /[！您]|(?<!申)请(?!求)|成功地/.test(text))).toEqual([])
      // Chinese next to a letter or digit has a space between, written or by template.
      expect(
        texts(zh).filter(
          (text) => /: .*([\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff])/.test(text) && !text.includes('=>'),
        ),
      ).toEqual([])
    })
  }

  it('have remedies only for codes that exist, and for every code a write or a new machine can meet', () => {
    const codes = Object.keys(commonZh.problems)
    expect(codes.filter((code) => !(code in errorCatalogue))).toEqual([])
    const commands = Object.keys(errorCatalogue).filter((code) => /^IW_COMMAND_(?!NOT_FOUND)/.test(code))
    expect(commands.filter((code) => !codes.includes(code))).toEqual([])
  })

  it('make whole sentences of numbers', () => {
    expect(homeEn.sentence(9, 12)).toBe('Nine of twelve machines are normal. Three need you.')
    expect(homeEn.sentence(12, 12)).toBe('All twelve machines are normal.')
    expect(homeEn.sentence(1, 2)).toBe('One of two machines is normal. One needs you.')
    expect(homeEn.sentence(0, 1)).toBe('Your machine needs you.')
    expect(homeEn.sentence(40, 41)).toBe('40 of 41 machines are normal. One needs you.')
    expect(homeZh.sentence(9, 12)).toBe('12 台设备中 9 台正常，3 台需要处理。')
    expect(homeZh.sentence(12, 12)).toBe('12 台设备全部正常。')
  })
})
