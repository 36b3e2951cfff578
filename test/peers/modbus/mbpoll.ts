import { deepEqual, equal, match } from 'node:assert/strict'
import { machines, startSimulator } from '#demo'
import { type Clock, silentLogger } from '#kernel'
import { ModbusServer } from '#modbus'
import type { Cases, Peer } from '../peer.ts'
import { need, run } from '../programs.ts'
import { reference, referenceDevice, span } from './reference.ts'

/** mbpoll, a command line client: reads our server and the machines of Old Mill. */
export const peer: Peer = {
  name: 'mbpoll',
  area: 'modbus',
  async run(cases) {
    const program = await need('mbpoll', 'mbpoll')
    const { stdout } = await run('/bin/sh', ['-c', 'dpkg-query -W mbpoll 2>/dev/null'])
    cases.version = `mbpoll ${stdout.trim().split('\t')[1] ?? 'of this system'}`
    await readReference(cases, program)
    await readOldMill(cases, program)
  },
}

interface Question {
  readonly port: number
  readonly unit: number
  /** In the words of mbpoll: 0 coils, 1 discrete inputs, 3 input, 4 holding registers, `4:float`… */
  readonly type: string
  readonly at: number
  readonly count: number
  /** High word first. */
  readonly bigEndian?: boolean
}

/** What it prints as `[address]: value`, by address. */
async function poll(program: string, { port, unit, type, at, count, bigEndian }: Question): Promise<number[]> {
  const { code, stdout, stderr } = await run(program, [
    ...['-0', '-1', '-p', String(port), '-a', String(unit), '-t', type, '-r', String(at), '-c', String(count)],
    ...(bigEndian ? ['-B'] : []),
    '127.0.0.1',
  ])
  equal(code, 0, stderr || stdout)
  return [...stdout.matchAll(/^\[(\d+)\]:\s+(\S+)/gm)].map((line) => Number(line[2]))
}

async function readReference(cases: Cases, program: string): Promise<void> {
  const device = referenceDevice()
  const { unit } = reference
  const server = new ModbusServer({ device: (id) => (id === unit ? device : undefined) })
  const { port } = await server.listen(0)
  try {
    for (const [name, type, of] of [
      ['coils', '0', (i: number) => Number(reference.coil(i))],
      ['discrete inputs', '1', (i: number) => Number(reference.discrete(i))],
      ['input registers', '3', reference.input],
      ['holding registers', '4', reference.holding],
    ] as const)
      await cases.check(`${name} of our server`, async () => {
        deepEqual(await poll(program, { port, unit, type, at: 3, count: 100 }), span(3, 100, of))
        return '100 values'
      })
    await cases.check('writes two registers and reads them back', async () => {
      const { code, stdout } = await run(program, [
        ...['-0', '-1', '-p', String(port), '-a', String(unit), '-t', '4', '-r', '200', '127.0.0.1', '17', '4242'],
      ])
      equal(code, 0, stdout)
      deepEqual(await poll(program, { port, unit, type: '4', at: 200, count: 2 }), [17, 4242])
    })
    await cases.check('understands our exception for an illegal address', async () => {
      const { stdout, stderr } = await run(program, [
        ...['-0', '-1', '-p', String(port), '-a', String(unit), '-t', '4', '-r', '299', '-c', '5', '127.0.0.1'],
      ])
      match(stdout + stderr, /Illegal data address/)
    })
  } finally {
    await server.close()
  }
}

/** Time stands still, so that a value read twice is the same value. */
const noTime: Clock = { now: () => 0, monotonicMs: () => 0, after: () => () => {} }

async function readOldMill(cases: Cases, program: string): Promise<void> {
  const options = { seed: 1, speed: 1, basePort: 0, host: '127.0.0.1', clock: noTime, log: silentLogger }
  const simulator = await startSimulator(options)
  const { air, power, kiln } = simulator.plant
  const at = (id: string) => {
    const index = machines.findIndex((machine) => machine.id === id)
    return simulator.things[index]!.connection
  }
  const close = (seen: readonly number[], expected: readonly number[], digits: number) =>
    deepEqual(
      seen.map((value) => value.toFixed(digits)),
      expected.map((value) => value.toFixed(digits)),
    )
  try {
    await cases.check('compressor: float32 with swapped words', async () => {
      const seen = await poll(program, { ...at('compressor-1'), type: '4:float', at: 100, count: 4 })
      const { pressure, flow, power: kilowatts, oil } = air.sensed
      close(seen, [pressure, flow, kilowatts, oil], 2)
      return seen.join(', ')
    })
    await cases.check('main meter: float32 with the high word first, input registers', async () => {
      const seen = await poll(program, { ...at('main-meter'), type: '3:float', at: 18, count: 1, bigEndian: true })
      close(seen, [power.main.sensed.total], 2)
      return seen.join(', ')
    })
    await cases.check('kiln: int16 in tenths of a degree', async () => {
      const seen = await poll(program, { ...at('kiln-1'), type: '3', at: 0, count: 3 })
      deepEqual(
        seen,
        kiln.zones.map((zone) => Math.round(zone.sensed * 10)),
      )
      return seen.join(', ')
    })
    await cases.check('air feeder: int32 with swapped words', async () => {
      const seen = await poll(program, { ...at('air-feeder'), type: '4:int', at: 6, count: 1 })
      deepEqual(seen, [Math.round(power.air.sensed.total * 1000)])
      return seen.join(', ')
    })
  } finally {
    await simulator.stop()
  }
}
