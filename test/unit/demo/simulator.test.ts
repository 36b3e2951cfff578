import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { type SimulatedThing, type Simulator, startSimulator } from '#demo'
import { type Clock, silentLogger } from '#kernel'

const main = join(import.meta.dirname, '../../../src/demo/main.ts')
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** A clock that stands still until the test moves it. */
function handClock(): Clock & { advance(ms: number): void } {
  let now = 0
  let timers: { at: number; run: () => void }[] = []
  return {
    now: () => now * 1000,
    monotonicMs: () => now,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    advance(ms) {
      now += ms
      const due = timers.filter(({ at }) => at <= now)
      timers = timers.filter(({ at }) => at > now)
      for (const { run } of due) run()
    },
  }
}

async function simulate(speed: number): Promise<{ simulator: Simulator; clock: ReturnType<typeof handClock> }> {
  const clock = handClock()
  const options = { seed: 1, speed, basePort: 0, host: '127.0.0.1', clock, log: silentLogger }
  const simulator = await startSimulator(options)
  cleanups.push(() => simulator.stop())
  return { simulator, clock }
}

/** Asks for `count` input or holding registers with a request written by hand (MBAP, function, address, count). */
async function ask(port: number, unit: number, code: number, address: number, count: number): Promise<Buffer> {
  const socket: Socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write(Buffer.from([0, 7, 0, 0, 0, 6, unit, code, address >> 8, address & 255, count >> 8, count & 255]))
    const [reply] = (await once(socket, 'data')) as [Buffer]
    return reply
  } finally {
    socket.destroy()
  }
}

/** What the process prints first. */
interface FirstLine {
  readonly ready: boolean
  readonly devices?: readonly { readonly thing: SimulatedThing }[]
  readonly error?: { readonly code: string }
}

const portOf = (simulator: Simulator, id: string): number =>
  simulator.things.find((thing) => thing.id === id)!.connection.port

describe('the simulator', () => {
  it('serves every machine on a port of its own, to its own unit only', async () => {
    const { simulator } = await simulate(1)
    expect(simulator.things).toHaveLength(12)
    const reply = await ask(portOf(simulator, 'main-meter'), 1, 4, 0, 2)
    expect(reply.readFloatBE(9)).toBeCloseTo(simulator.plant.power.main.sensed.voltage[0], 3)
    const foreign = await ask(portOf(simulator, 'main-meter'), 2, 4, 0, 2)
    expect([...foreign.subarray(7)]).toEqual([0x84, 11])
  })

  it('goes on in simulated time at its speed, and not without its clock', async () => {
    const { simulator, clock } = await simulate(60)
    const at = () => simulator.plant.steps / 5
    expect(at()).toBe(0)
    clock.advance(1000)
    expect(at()).toBe(60)
    clock.advance(500)
    expect(at()).toBe(90)
  })

  it('lets go what it could not catch up after a long sleep', async () => {
    const { simulator, clock } = await simulate(60)
    clock.advance(24 * 3600 * 1000)
    expect(simulator.plant.steps).toBe(4000)
    clock.advance(1000)
    expect(simulator.plant.steps).toBe(4300)
  })

  it('takes pump 3 off the network and back, and only pump 3', async () => {
    const { simulator, clock } = await simulate(1)
    const minutes = (count: number) => {
      for (let i = 0; i < count * 60; i++) clock.advance(1000)
    }
    minutes(4)
    clock.advance(1000)
    await expect(ask(portOf(simulator, 'pump-3'), 3, 3, 0, 1)).rejects.toThrow(/ECONNREFUSED/)
    await ask(portOf(simulator, 'pump-1'), 1, 4, 0, 1)
    minutes(2)
    // The port is bound again in the turns of the event loop that follow.
    await expect.poll(() => ask(portOf(simulator, 'pump-3'), 3, 3, 0, 1).then((reply) => reply[7])).toBe(3)
  })

  it('says which port is taken', async () => {
    const { simulator } = await simulate(1)
    const taken = portOf(simulator, 'main-meter')
    const options = { seed: 1, speed: 1, basePort: taken, host: '127.0.0.1', clock: handClock(), log: silentLogger }
    await expect(startSimulator(options)).rejects.toThrow(`EADDRINUSE: address already in use 127.0.0.1:${taken}`)
  })
})

describe('the process', () => {
  function start(...args: string[]): ChildProcess {
    const child = spawn(process.execPath, ['-C', 'source', main, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    cleanups.push(() => child.kill('SIGKILL'))
    return child
  }

  async function firstLine(child: ChildProcess): Promise<FirstLine> {
    const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string]
    return JSON.parse(line) as FirstLine
  }

  it('prints its things when all machines listen, and ends when its input does', async () => {
    const child = start('--seed', '7', '--base-port', '0')
    const ready = await firstLine(child)
    expect(ready.ready).toBe(true)
    await ask(ready.devices![0]!.thing.connection.port, 1, 4, 0, 2)
    child.stdin!.end()
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('ends cleanly on SIGTERM', async () => {
    const child = start('--base-port', '0')
    await firstLine(child)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('says that it is not ready where a port is taken, with the code of the system', async () => {
    const { simulator } = await simulate(1)
    const child = start('--base-port', String(portOf(simulator, 'silo-2')))
    expect(await firstLine(child)).toMatchObject({ ready: false, error: { code: 'EADDRINUSE' } })
    expect(await once(child, 'exit')).toEqual([1, null])
  })

  it('refuses an argument that is no number', async () => {
    const child = spawn(process.execPath, ['-C', 'source', main, '--speed', 'fast'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const [said] = (await once(child.stderr, 'data')) as [Buffer]
    expect(String(said)).toContain('--speed must be a number')
    expect(await once(child, 'exit')).toEqual([2, null])
  })
})
