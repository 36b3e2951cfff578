import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorCatalogue } from '#kernel'
import { makeCommand } from '../../../scripts/reference/page.ts'
import { pages } from '../../../scripts/reference/pages.ts'
import { example } from '../../../scripts/reference/settings.ts'
import { buildProgram, everyCommand } from '../../../src/cli/index.ts'
import { parseSettings } from '../../../src/instance/settings/load.ts'
import { validPaths } from '../../../src/instance/settings/nearest-key.ts'
import { settingsJsonSchema } from '../../../src/instance/settings/schema.ts'
import { testIo } from '../../fakes/cli-io.ts'

const folder = join(import.meta.dirname, '../../../docs/reference')
const read = (file: string) => readFileSync(join(folder, file), 'utf8')

describe('the reference', () => {
  it.each(pages.map((page) => [page.file, page] as const))('%s says what the program says', async (file, page) => {
    expect(read(file), `run: ${makeCommand}`).toBe(await page.make())
  })

  it('has a line for every error code, with what to do', () => {
    const text = read('errors.md')
    for (const [code, { remedy }] of Object.entries(errorCatalogue)) {
      const line = text.split('\n').find((row) => row.startsWith(`| \`${code}\` |`))
      expect(line, code).toContain(remedy.replaceAll('|', '\\|'))
    }
  })

  it('has a line for every settings key', () => {
    const text = read('settings.md')
    const keys = validPaths(settingsJsonSchema()).filter(
      (path) => !path.startsWith('things[]') && !/^title\./.test(path),
    )
    expect(keys.length).toBeGreaterThan(15)
    for (const key of keys) expect(text, key).toContain(`| \`${key}\` |`)
  })

  it('shows an example of settings that is good', () => {
    expect(parseSettings(example, 'example').things).toHaveLength(1)
  })

  it('has a section for every verb and a line for every option', () => {
    const text = read('cli.md')
    for (const command of everyCommand(buildProgram(testIo({ folder }), () => {}))) {
      if (command.commands.length === 0)
        expect(text).toMatch(new RegExp(`^## interwork (\\w+ )?${command.name()}$`, 'm'))
      for (const { flags } of command.options) expect(text).toContain(`\`${flags}\``)
    }
  })
})
