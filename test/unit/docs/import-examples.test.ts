import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImportPage } from '#instance'
import { silentLogger } from '#kernel'
import { type Instance, startInstance } from '../../../src/instance/instance.ts'
import { parseSettings } from '../../../src/instance/settings/load.ts'
import { cli } from '../../fakes/cli-io.ts'
import { root } from './pages.ts'

let folder: string
let instance: Instance

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'iw-examples-'))
  const settings = parseSettings('zone: Europe/Berlin\nhttp: { port: 0 }\n', 'test', () => {})
  instance = await startInstance({ settings: { ...settings, data: join(folder, 'data') }, log: silentLogger })
})

afterAll(async () => {
  await instance.stop()
  rmSync(folder, { recursive: true, force: true })
})

const example = (name: string) => join(root, 'examples/import', name)
const run = (...args: string[]) => cli(folder, [...args, '--data', join(folder, 'data')])

async function imported(name: string, ...args: string[]): Promise<ImportPage> {
  const { code, out, err } = await run('import', example(name), ...args, '--json')
  expect([code, err]).toEqual([0, ''])
  return JSON.parse(out) as ImportPage
}

async function readings(target: string): Promise<string[]> {
  const { out } = await run('read', target, '--csv', '--from', '2026-01-01')
  return out.trim().split('\r\n').slice(1)
}

describe('the examples of the guide', () => {
  it('say in a dry run what the guide says', async () => {
    const { code, out } = await run('import', example('wide.csv'), '--dry-run')
    expect(code).toBe(0)
    expect(readFileSync(join(root, 'docs/guide/keep-and-move-your-data.md'), 'utf8')).toContain(
      `\`\`\`text\n${out}\`\`\``,
    )
  })

  it('say that old readings go in the night, unless they are kept', async () => {
    const { err } = await run('import', example('wide.csv'), '--dry-run')
    expect(err).toContain('older than 90 days')
    const recent = `time,a\n${new Date(Date.now() - 3_600_000).toISOString()},1\n`
    writeFileSync(join(folder, 'recent.csv'), recent)
    expect((await run('import', 'recent.csv', '--dry-run')).err).toBe('')
  })

  it('with a column for each property are stored', async () => {
    expect(await imported('wide.csv', '--thing', 'boiler')).toMatchObject({
      state: 'done',
      rows: 12,
      readings: 38,
      rejected: 0,
    })
    expect((await readings('boiler/temperature'))[0]).toBe('2026-03-02T06:00:00.000Z,61.5,good')
    expect(await readings('boiler/note')).toEqual([
      '2026-03-02T06:00:00.000Z,start of shift,good',
      '2026-03-02T06:35:00.000Z,"filter changed, 2 h",good',
    ])
  })

  it('with a row for each reading are stored', async () => {
    expect(await imported('long.csv')).toMatchObject({ state: 'done', rows: 13, readings: 13, rejected: 0 })
    expect((await readings('pump-2/flow'))[3]).toBe('2026-03-02T06:03:00.000Z,11.7,stale')
    expect(await readings('pump-2/state')).toEqual(['2026-03-02T06:05:30.000Z,stopped,good'])
  })

  it('with decimal commas, in the night the clock goes back, are stored in their order', async () => {
    const view = await imported('decimal-comma.csv', '--map', example('columns.yaml'))
    expect(view).toMatchObject({
      state: 'done',
      rows: 7,
      rejected: 0,
      plan: { encoding: 'windows-1252', decimal: ',' },
    })
    expect(await readings('boiler-house/flow-temperature')).toEqual([
      '2026-10-24T23:30:00.000Z,58.5,good',
      '2026-10-25T00:00:00.000Z,58,good',
      '2026-10-25T00:30:00.000Z,57.5,good',
      '2026-10-25T01:00:00.000Z,57,good',
      '2026-10-25T01:30:00.000Z,56.5,good',
      '2026-10-25T02:00:00.000Z,56,good',
      '2026-10-25T02:30:00.000Z,55.5,good',
    ])
    expect((await readings('boiler-house/heat'))[0]).toBe('2026-10-24T23:30:00.000Z,1234.5,good')
  })

  it('in GB 18030 are stored', async () => {
    const view = await imported('chinese.csv', '--zone', 'Asia/Shanghai')
    expect(view).toMatchObject({ state: 'done', rows: 12, rejected: 0, plan: { encoding: 'gb18030', layout: 'long' } })
    expect((await readings('注塑机1/料筒温度'))[0]).toBe('2026-03-02T06:00:00.000Z,210,good')
    expect((await readings('注塑机1/状态'))[5]).toBe('2026-03-02T06:05:00.000Z,停机,comm_error')
  })
})

describe('the command', () => {
  const lines = (rows: number, bad: number) =>
    Array.from(
      { length: rows },
      (_, row) => `${1_767_225_600 + row},${row < bad ? 'ERR' : row},${row % 2 === 0}`,
    ).toReversed()

  function write(name: string, text: string): string {
    writeFileSync(join(folder, name), text)
    return name
  }

  it('ends with 6 where some rows were left out, and writes them to a file', async () => {
    const name = write('some.csv', ['time,a,b', ...lines(2_000, 3), ''].join('\n'))
    const { code, out } = await run('import', name, '--rejected', 'left.csv')
    expect(code).toBe(6)
    expect(out).toContain('1,997 rows, 3,994 readings, 3 rows not taken')
    expect(out).toContain('3 rows bad in column "a", line 1999, 2000, 2001: "ERR" is not a number')
    expect(readFileSync(join(folder, 'left.csv'), 'utf8').split('\r\n')[1]).toContain('1999,number,a,ERR')
  })

  it('pauses with 1 where too many rows are bad, and goes on when told', async () => {
    const name = write('many.csv', ['time,a,b', ...lines(2_000, 100), ''].join('\n'))
    const paused = await run('import', name)
    expect(paused.code).toBe(1)
    expect(paused.err).toContain('--max-rejects')
    expect((await run('import', name, '--max-rejects', '10%')).code).toBe(6)
    const again = await run('import', name, '--max-rejects', '10%')
    expect(again.err).toContain('imported before')
  })

  it('says what is wrong with its words and its files', async () => {
    const name = write('one.csv', 'time,a\n2026-01-01,1\n')
    const usage = [
      ['none.csv'],
      [name, '--max-rejects', 'many'],
      [name, '--decimal', ';'],
      [name, '--map', name],
      ['.'],
    ]
    for (const args of usage) expect([args, (await run('import', ...args)).code]).toEqual([args, 2])
    const { code, err } = await run('import', name, '--zone', 'Mars/Olympus')
    expect([code, err]).toEqual([1, expect.stringContaining('options.zone')])
    expect((await run('import', write('empty.csv', ''))).code).toBe(2)
  })
})
