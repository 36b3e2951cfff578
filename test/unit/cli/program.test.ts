import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type errorCatalogue, IwError } from '#kernel'
import { exitCodeOf, exitCodes, UsageError } from '../../../src/cli/exit-codes.ts'
import { buildProgram, everyCommand, runCli } from '../../../src/cli/program.ts'
import { testIo } from '../../fakes/cli-io.ts'

describe('exit codes', () => {
  it('are all different', () => {
    const codes = Object.values(exitCodes).map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
  })

  it('tell refused, unknown, not running, usage and failed apart', () => {
    const of = (code: keyof typeof errorCatalogue) => exitCodeOf(new IwError(code, 'x'))
    expect(of('IW_COMMAND_OUT_OF_RANGE')).toBe(exitCodes.refused.code)
    expect(of('IW_COMMAND_UNKNOWN_OUTCOME')).toBe(exitCodes.unknown.code)
    expect(of('IW_INSTANCE_NOT_RUNNING')).toBe(exitCodes.notRunning.code)
    expect(of('IW_SETTINGS_INVALID')).toBe(exitCodes.failed.code)
    expect(exitCodeOf(new UsageError('x'))).toBe(exitCodes.usage.code)
    expect(exitCodeOf(new Error('x'))).toBe(exitCodes.failed.code)
  })
})

describe('the command line', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'iw-cli-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const run = async (...args: string[]) => {
    const io = testIo({ folder })
    return { code: await runCli(args, io), out: io.printed(), err: io.complaints() }
  }

  it('has --json on every verb that does something', () => {
    const verbs = everyCommand(buildProgram(testIo({ folder }), () => {})).filter(
      ({ commands }) => commands.length === 0,
    )
    expect(verbs.length).toBeGreaterThanOrEqual(11)
    for (const verb of verbs)
      expect(
        verb.options.map(({ long }) => long),
        verb.name(),
      ).toContain('--json')
  })

  it('suggests the verb that was meant', async () => {
    expect(await run('raed')).toMatchObject({
      code: exitCodes.usage.code,
      err: expect.stringContaining('Did you mean read?'),
    })
  })

  it.each([
    [['start', '--port', 'x']],
    [['write', 'kiln-1']],
    [['add']],
    [['add', 'modbus-tcp://10.0.0.7']],
    [['write', 'kiln-1', '5']],
    [['read', '--nonsense']],
  ])('is told to be wrong before anything is asked: %j', async (args) => {
    const { code, out, err } = await run(...args)
    expect({ code, out }).toEqual({ code: exitCodes.usage.code, out: '' })
    expect(err).not.toBe('')
  })

  it('says that no instance runs, with the folders looked at and what to do', async () => {
    const { code, err } = await run('read')
    expect(code).toBe(exitCodes.notRunning.code)
    expect(err).toContain(join(folder, '.interwork/data'))
    expect(err).toContain('IW_INSTANCE_NOT_RUNNING: Start one with `interwork start`')
  })

  it('tells failures to programs as one JSON line on the standard error', async () => {
    const { out, err } = await run('things', '--json')
    expect(out).toBe('')
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'IW_INSTANCE_NOT_RUNNING', remedy: expect.any(String) } })
  })

  it('checks the settings without starting anything', async () => {
    expect(await run('config', 'check')).toMatchObject({ code: 0, out: expect.stringContaining('No interwork.yaml') })
    writeFileSync(join(folder, 'interwork.yaml'), 'http:\n  prot: 80\n')
    expect(await run('config', 'check')).toMatchObject({
      code: exitCodes.failed.code,
      err: expect.stringMatching(/interwork\.yaml:2: http\.prot: unknown key, did you mean http\.port\?/),
    })
    writeFileSync(join(folder, 'interwork.yaml'), 'http:\n  port: 80\n')
    const good = await run('config', 'check', '--json')
    expect(JSON.parse(good.out)).toMatchObject({ ok: true, file: join(folder, 'interwork.yaml') })
  })

  it('checks what only a driver knows: the address of a machine, with the line of the machine', async () => {
    const thing = (address: string) =>
      `things:\n  - id: a\n    connection: { protocol: modbus, host: h }\n    properties: [{ name: p, type: number, address: '${address}' }]\n`
    writeFileSync(join(folder, 'interwork.yaml'), thing('hr1:float33'))
    expect(await run('config', 'check')).toMatchObject({
      code: exitCodes.failed.code,
      err: expect.stringMatching(/interwork\.yaml:2: things\[0\]: .*address/),
    })
    writeFileSync(join(folder, 'interwork.yaml'), thing('hr1:float32'))
    expect(await run('config', 'check')).toMatchObject({ code: 0 })
    writeFileSync(join(folder, 'interwork.yaml'), 'things: [{ id: a, profile: no/such, connection: { host: h } }]')
    expect((await run('config', 'check')).err).toContain('no/such')
  })

  it('prints the JSON Schema of the settings', async () => {
    const { out } = await run('config', 'schema')
    expect(JSON.parse(out)).toMatchObject({ type: 'object', additionalProperties: false })
  })

  it('examines an installation that has not been started yet', async () => {
    const { code, out } = await run('doctor', '--json')
    const { findings } = JSON.parse(out) as { findings: { check: string; status: string; remedy?: string }[] }
    expect(findings.map(({ check }) => check)).toContain('disk space')
    for (const { check, status, remedy } of findings)
      if (status !== 'good') expect(remedy, `${check} is ${status}`).toBeTruthy()
    expect(code).toBe(findings.some(({ status }) => status === 'bad') ? 1 : 0)
  })
})
