import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '#kernel'
import { exitCodes, runCli } from '../../src/cli/index.ts'
import { type Instance, startInstance } from '../../src/instance/instance.ts'
import { loadSettings } from '../../src/instance/settings/load.ts'
import { cli, testIo } from '../fakes/cli-io.ts'
import { type SmallMachine, smallMachine } from '../fakes/small-machine.ts'

let folder: string
let machine: SmallMachine
let instance: Instance

const run = (...args: string[]) => cli(folder, args)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'iw-cli-e2e-'))
  machine = await smallMachine()
  machine.registers.set([0x41ac, 0x0000, 65, 7], 0)
  const things = [
    {
      id: 'oven',
      title: { en: 'Oven', zh: '烘箱' },
      area: 'Hall 1',
      connection: { protocol: 'modbus', host: '127.0.0.1', port: machine.port, everyMs: 50, timeoutMs: 400 },
      properties: [
        { name: 'temperature', type: 'number', unit: 'Cel', decimals: 1, address: 'hr0:float32' },
        {
          name: 'setpoint',
          type: 'integer',
          unit: '%',
          address: 'hr2',
          write: { min: 0, max: 100, maxPerMinute: 600 },
        },
        { name: 'batch', type: 'integer', address: 'hr3' },
      ],
    },
  ]
  writeFileSync(join(folder, 'interwork.yaml'), JSON.stringify({ http: { port: 0 }, things }))
  instance = await startInstance({ settings: loadSettings(folder).settings, log: silentLogger })
  await until(async () => (await run('read', 'oven/temperature')).out.includes('good'))
})

afterAll(async () => {
  await instance?.stop()
  await machine?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('interwork things and read', () => {
  it('lists machines with their area and connection', async () => {
    const { code, out } = await run('things')
    expect(code).toBe(0)
    expect(out).toMatch(/^oven +Oven +Hall 1 +unknown +answering \(modbus 127\.0\.0\.1:\d+\) +3$/m)
  })

  it('shows each value with its unit, quality and age', async () => {
    const { out } = await run('read', 'oven')
    expect(out).toMatch(/^oven\/temperature +21\.5 +°C +good +0\.\d s$/m)
    expect(out).toMatch(/^oven\/batch +7 +good +0\.\d s$/m)
  })

  it('gives programs the same as JSON', async () => {
    const { out } = await run('read', 'oven/temperature', '--json')
    expect(JSON.parse(out)).toMatchObject({ name: 'temperature', unit: 'Cel', last: { value: 21.5, quality: 'good' } })
  })

  it('reads over time, as a table newest first and as CSV oldest first', async () => {
    await until(async () => (await run('read', 'oven/batch', '--limit', '3')).out.split('\n').length >= 5)
    const shown = await run('read', 'oven/batch', '--from', '-1h', '--limit', '3')
    const times = shown.out
      .split('\n')
      .slice(1, -1)
      .map((line) => line.split(' ')[0]!)
    expect(times).toHaveLength(3)
    expect(times).toEqual(times.toSorted().toReversed())
    const { out } = await run('read', 'oven/batch', '--csv', '--limit', '3')
    const lines = out.split('\r\n')
    expect(lines[0]).toBe('time,value,quality')
    expect(lines[1]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z,7,good$/)
    expect(lines).toHaveLength(5)
  })

  it('says which machine or property there is not', async () => {
    expect(await run('read', 'ofen')).toMatchObject({
      code: 1,
      err: expect.stringContaining('IW_CONNECT_UNKNOWN_THING'),
    })
    expect(await run('read', 'oven/heat')).toMatchObject({
      code: 1,
      err: expect.stringContaining('IW_CONNECT_UNKNOWN_PROPERTY'),
    })
  })
})

describe('interwork write', () => {
  beforeEach(() => {
    machine.onWrite = 'accept'
  })

  it('writes within the rules, and says what it was and what was read back', async () => {
    const { code, out } = await run('write', 'oven/setpoint', '70', '--yes', '--reason', 'test')
    expect({ code, registers: machine.registers[2] }).toEqual({ code: 0, registers: 70 })
    expect(out).toMatch(/^oven\/setpoint: \d+ % → 70 %\ndone, read back 70 % \(record /)
  })

  it('asks at a terminal first, and does nothing after a no', async () => {
    const refused = await cli(folder, ['write', 'oven/setpoint', '71'], { terminal: true, answers: ['n'] })
    expect(refused.code).toBe(exitCodes.refused.code)
    expect(refused.err).toContain('→ 71 %')
    expect(machine.registers[2]).not.toBe(71)
    const agreed = await cli(folder, ['write', 'oven/setpoint', '71'], { terminal: true, answers: ['y'] })
    expect(agreed.code).toBe(0)
    expect(machine.registers[2]).toBe(71)
  })

  it('needs --yes where nobody can be asked', async () => {
    expect(await run('write', 'oven/setpoint', '72')).toMatchObject({ code: exitCodes.usage.code })
    expect(machine.registers[2]).not.toBe(72)
  })

  it.each([
    ['oven/setpoint', '101', 'IW_COMMAND_OUT_OF_RANGE'],
    ['oven/batch', '8', 'IW_COMMAND_NOT_WRITABLE'],
  ])('is refused for %s = %s', async (target, value, error) => {
    const { code, err } = await run('write', target, value, '--yes')
    expect(code).toBe(exitCodes.refused.code)
    expect(err).toContain(error)
  })

  it('fails when the machine refuses', async () => {
    machine.onWrite = 'refuse'
    const { code, err } = await run('write', 'oven/setpoint', '50', '--yes')
    expect(code).toBe(exitCodes.failed.code)
    expect(err).toContain('IW_CONNECT_DEVICE_ERROR')
  })

  it('says that the outcome is not known when the machine vanishes without an answer', async () => {
    machine.onWrite = 'vanish'
    const { code, out, err } = await run('write', 'oven/setpoint', '51', '--yes', '--json')
    expect(code).toBe(exitCodes.unknown.code)
    expect(JSON.parse(out)).toMatchObject({ outcome: 'unknown', property: 'setpoint', value: 51 })
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'IW_COMMAND_UNKNOWN_OUTCOME' } })
    await machine.resume()
  })
})

describe('interwork add and remove', () => {
  let other: SmallMachine
  beforeAll(async () => {
    other = await smallMachine()
  })
  afterAll(() => other.close())

  it('adds a machine by address and property, shows its values, and removes it', async () => {
    other.registers[5] = 1234
    const address = `modbus-tcp://127.0.0.1:${other.port}?unit=1&everyMs=50`
    const added = await run(
      'add',
      address,
      '--id',
      'scale',
      '--title',
      'Scale',
      '--property',
      'weight=hr5:uint16*0.1,unit=kg',
    )
    expect(added).toMatchObject({ code: 0, out: expect.stringContaining('Added scale with 1 values') })
    await until(async () => /123\.4 +kg +good/.test((await run('read', 'scale')).out))

    expect(await run('add', address, '--id', 'scale', '--property', 'w=hr5')).toMatchObject({
      code: 1,
      err: expect.stringContaining('IW_CONNECT_THING_EXISTS'),
    })
    expect(await run('remove', 'scale')).toMatchObject({ code: exitCodes.usage.code })
    expect(await run('remove', 'scale', '--yes')).toMatchObject({ code: 0, out: 'Removed scale\n' })
    expect((await run('things')).out).not.toContain('scale')
  })

  it('reads of a machine that does not answer why, and what to do', async () => {
    const silent = await smallMachine()
    await silent.close()
    const address = `modbus-tcp://127.0.0.1:${silent.port}?everyMs=50`
    expect((await run('add', address, '--id', 'gone', '--property', 'w=hr5')).code).toBe(0)
    await until(async () => /comm_error/.test((await run('read', 'gone')).out))
    const { code, err } = await run('read', 'gone')
    expect(code).toBe(0)
    expect(err).toContain(`gone (127.0.0.1:${silent.port}): `)
    expect(err).toMatch(/^IW_CONNECT_[A-Z_]+: \S/m)
    expect((await run('remove', 'gone', '--yes')).code).toBe(0)
  })

  it('adds a machine from a file', async () => {
    const thing = {
      id: 'tank',
      connection: { protocol: 'modbus', host: '127.0.0.1', port: other.port },
      properties: [],
    }
    writeFileSync(join(folder, 'tank.yaml'), JSON.stringify(thing))
    expect(await run('add', '--file', 'tank.yaml', '--json')).toMatchObject({ code: 0 })
    expect((await run('things', '--json')).out).toContain('"tank"')
  })

  it('names the field of a definition that is wrong', async () => {
    const { code, err } = await run('add', 'modbus-tcp://127.0.0.1?unti=1', '--property', 'w=hr5')
    expect(code).toBe(1)
    expect(err).toMatch(/unti/)
    expect(err).toContain('IW_CONNECT_INVALID_THING')
  })

  it('lists the profiles there are', async () => {
    const { profiles } = JSON.parse((await run('add', '--profiles', '--json')).out) as { profiles: { id: string }[] }
    expect(profiles.map(({ id }) => id)).toContain('interwork/kiln')
  })

  it('does not remove what interwork.yaml defines', async () => {
    expect(await run('remove', 'oven', '--yes')).toMatchObject({
      code: exitCodes.refused.code,
      err: expect.stringContaining('IW_CONNECT_READ_ONLY_SOURCE'),
    })
  })
})

describe('interwork watch', () => {
  it('shows a line for each new value until it is interrupted', async () => {
    const io = testIo({ folder })
    const watching = runCli(['watch', 'oven'], io)
    await until(async () => / oven\/batch 7\n/.test(io.printed()))
    io.interrupt()
    expect(await watching).toBe(0)
    for (const line of io.printed().trimEnd().split('\n')) expect(line).toMatch(/^\d{4}-.*Z oven/)
  })

  it('shows the values of one property only, where one is named', async () => {
    const io = testIo({ folder })
    const watching = runCli(['watch', 'oven/setpoint'], io)
    // The first message has the newest value of every property.
    await until(async () => io.printed().includes(' oven/setpoint '))
    const [was] = machine.registers.slice(2, 3)
    machine.registers[2] = was === 30 ? 31 : 30
    await until(async () => io.printed().includes(` oven/setpoint ${machine.registers[2]} %`))
    io.interrupt()
    expect(await watching).toBe(0)
    expect(io.printed()).not.toMatch(/temperature|batch/)
  })

  it.each(['ofen', 'oven/heat'])('says that there is no %s instead of waiting for it', async (target) => {
    expect(await run('watch', target)).toMatchObject({ code: 1, err: expect.stringContaining('IW_CONNECT_UNKNOWN_') })
  })

  it('gives programs one JSON object a line', async () => {
    const io = testIo({ folder })
    const watching = runCli(['watch', '--json'], io)
    await until(async () => io.printed().includes('\n'))
    io.interrupt()
    await watching
    for (const line of io.printed().trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('type')
  })
})

describe('interwork doctor', () => {
  it('finds a running instance healthy', async () => {
    const { code, out } = await run('doctor')
    expect(out).toMatch(/^[✓!] running instance: /m)
    expect(out).toMatch(/^✓ port: .* used by the instance itself$/m)
    expect(code).toBe(0)
  })
})

/** Waits for something that comes by itself. */
async function until(happened: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000
  while (!(await happened())) {
    if (Date.now() > deadline) throw new Error('it did not happen within 15 s')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
