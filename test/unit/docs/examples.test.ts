import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createModbusDriver, thingChecker } from '#connect'
import { silentLogger } from '#kernel'
import { buildProgram, everyCommand } from '../../../src/cli/index.ts'
import { type Instance, startInstance } from '../../../src/instance/instance.ts'
import { loadSettings, parseSettings } from '../../../src/instance/settings/load.ts'
import { cli, testIo } from '../../fakes/cli-io.ts'
import { blocksOf, pages, root } from './pages.ts'

const check = thingChecker({ profilesFolder: join(root, 'profiles'), drivers: [createModbusDriver()] })

const yamlBlocks = pages.flatMap((page) =>
  blocksOf(page)
    .filter(({ language }) => language === 'yaml')
    .map(({ code }, index) => ({ name: `${page} ${index + 1}`, code })),
)

/** An example is a machine, properties of one, or settings: refused as the program would refuse it. */
function checkExample(code: string): void {
  const example: unknown = parse(code)
  if (Array.isArray(example))
    check({ id: 'example', connection: { protocol: 'modbus', host: '127.0.0.1' }, properties: example })
  else if (Object.hasOwn(example as object, 'connection')) check(example)
  else parseSettings(code, 'example', check)
}

/** The words of every command in a block as `sh` splits them: an unquoted & or a broken line is seen. */
function commandsIn(code: string): readonly (readonly string[])[] {
  const said = execFileSync(
    'sh',
    ['-euc', `interwork() { printf '%s\\0' "$@"; echo; }\nnpm() { shift 4; interwork "$@"; }\n${code}\nwait`],
    { encoding: 'utf8', cwd: tmpdir() },
  )
  return said
    .split('\0\n')
    .slice(0, -1)
    .map((line) => line.split('\0'))
}

/** Every line of the pages that calls the program, also those with more lines below it. */
const commandBlocks = pages.flatMap((page) =>
  blocksOf(page)
    .filter(({ language }) => language === '')
    .map(({ code }) => ({
      page,
      code: code
        .replaceAll(/\\\n\s*/g, '')
        .split('\n')
        .filter((line) => /^(interwork|npm run -s interwork --) /.test(line))
        .join('\n'),
    }))
    .filter(({ code }) => code !== ''),
)
const commands = commandBlocks.flatMap(({ page, code }) => commandsIn(code).map((args) => ({ page, args })))
const adds = commands.filter(({ args }) => args[0] === 'add' && args[1]?.startsWith('modbus'))

describe('the examples of the pages', () => {
  it.each(yamlBlocks)('$name is what the program takes', ({ code }) => {
    checkExample(code)
  })

  it('are found out when they are wrong', () => {
    const [boiler] = yamlBlocks.filter(({ code }) => code.startsWith('id: boiler'))
    expect(() => checkExample(boiler!.code.replace('as: int16', 'as: int17'))).toThrow(/as/)
  })

  it('use only verbs and options that there are', () => {
    const verbs = new Map(
      everyCommand(buildProgram(testIo({ folder: root }), () => {})).map((verb) => [verb.name(), verb]),
    )
    expect(commands.length).toBeGreaterThan(5)
    for (const { page, args } of commands) {
      const verb = verbs.get(args[0]!)
      expect(verb, `${page}: ${args[0]}`).toBeDefined()
      const known = verb!.options.flatMap(({ long, short }) => [long, short])
      for (const option of args.filter((word) => /^--?[a-z]/.test(word))) expect(known, page).toContain(option)
    }
  })
})

/** Nothing, or what a slow machine is doing. */
const saidWhileWaiting = /^([^\n]* …\n)*$/

describe('the machines that the pages add', () => {
  let folder: string
  let instance: Instance
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'iw-docs-'))
    writeFileSync(join(folder, 'interwork.yaml'), '{ http: { port: 0 } }')
    instance = await startInstance({ settings: loadSettings(folder).settings, log: silentLogger })
  })
  afterAll(async () => {
    await instance?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('are there', () => {
    expect(adds.length).toBeGreaterThan(3)
  })

  it.each(adds)('$page: interwork $args', async ({ args }) => {
    const { code, err } = await cli(folder, args)
    expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(saidWhileWaiting) })
  })

  it('are there from files too', async () => {
    const boiler = yamlBlocks.find(({ code }) => code.startsWith('id: boiler'))!
    writeFileSync(join(folder, 'boiler.yaml'), boiler.code.replace('id: boiler', 'id: boiler-2'))
    expect(await cli(folder, ['add', '--file', 'boiler.yaml'])).toMatchObject({
      code: 0,
      err: expect.stringMatching(saidWhileWaiting),
    })
  })
})
