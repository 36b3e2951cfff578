import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Clock, silentLogger, systemClock } from '#kernel'
import { type Instance, startInstance } from '../../src/instance/instance.ts'
import { settingsSchema } from '../../src/instance/settings/schema.ts'
import { type SmallMachine, smallMachine } from '../fakes/small-machine.ts'

let folder: string
let machine: SmallMachine
let instance: Instance
/** µs between the machine's clock and this instance's. */
let setBy = 0
/** In µs, so that the answers of one poll have times of their own. */
const clock: Clock = {
  ...systemClock,
  now: () => Math.floor((performance.timeOrigin + performance.now()) * 1000) + setBy,
}

beforeEach(async () => {
  setBy = 0
  folder = mkdtempSync(join(tmpdir(), 'iw-clock-'))
  machine = await smallMachine()
  const properties = Array.from({ length: 4 }, (_, i) => ({ name: `r${i}`, type: 'number', address: `hr${8 * i}` }))
  // Of few registers at once: a poll is several requests, and its rows come a little before their batch.
  const connection = { protocol: 'modbus', host: '127.0.0.1', port: machine.port, everyMs: 20, gap: 0 }
  const settings = settingsSchema.parse({
    data: folder,
    http: { port: 0 },
    things: [{ id: 'mill', connection, properties }],
  })
  instance = await startInstance({ settings, log: silentLogger, clock })
})
afterEach(async () => {
  await instance.stop()
  await machine.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Shown {
  readonly properties: { readonly last?: { readonly value: number; readonly quality: string } }[]
}

async function shown(): Promise<readonly (number | string)[]> {
  const { properties } = (await (await fetch(`${instance.url}/api/v1/things/mill`)).json()) as Shown
  return properties.map(({ last }) => (last?.quality === 'good' ? last.value : (last?.quality ?? 'nothing')))
}

async function follows(value: number): Promise<void> {
  machine.registers.fill(value)
  await vi.waitFor(async () => expect(await shown()).toEqual([value, value, value, value]), 5_000)
}

it.each([
  ['half a minute', 30],
  ['an hour', 3_600],
  ['a year', 31_536_000],
])('last values move on when the clock is set back by %s, and when it is set right again', async (_, seconds) => {
  await follows(1)
  setBy = -seconds * 1e6
  await follows(2)
  await follows(3)
  setBy = 0
  await follows(4)
})
