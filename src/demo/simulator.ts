import type { Clock, Logger } from '#kernel'
import { type ModbusDevice, ModbusServer } from '#modbus'
import type { LocalText } from '#model'
import { createDevice } from './devices/device.ts'
import type { Machine } from './devices/machine.ts'
import { machines } from './devices/old-mill.ts'
import { advance, createPlant, type Plant, secondsOf } from './plant/plant.ts'

export interface SimulatorOptions {
  readonly seed: number
  /** Simulated seconds in a second. */
  readonly speed: number
  /** The first of twelve ports in a row; 0: the system chooses all of them. */
  readonly basePort: number
  readonly host: string
  readonly clock: Clock
  readonly log: Logger
  /** The plant to go on with; default: one at second 0 of its story. */
  readonly plant?: Plant
  /** Its machines answer, but its time stands still until `run` is called. */
  readonly held?: boolean
}

/** A machine of the plant as Interwork is told of it: its properties come from the profile. */
export interface SimulatedThing {
  readonly id: string
  readonly title: LocalText
  readonly area: LocalText
  readonly profile: string
  readonly connection: {
    readonly protocol: 'modbus'
    readonly transport: 'tcp'
    readonly host: string
    readonly port: number
    readonly unit: number
  }
}

export interface Simulator {
  readonly things: readonly SimulatedThing[]
  readonly plant: Plant
  /** Lets the time of a held plant begin. */
  run(): void
  stop(): Promise<void>
}

const tickMs = 200
/** The most steps of one tick: after a long sleep of the computer the plant goes on from where it was. */
const maxSteps = 4000

/** Starts the plant and its twelve servers. Rejects with the system's error where a port cannot be had. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { clock, speed } = options
  const plant = options.plant ?? createPlant(options.seed)
  const stations: Station[] = []
  const closeAll = () => Promise.all(stations.map(({ server }) => server.close()))
  try {
    for (const [index, machine] of machines.entries()) stations.push(await openStation(machine, index, plant, options))
  } catch (error) {
    await closeAll()
    throw error
  }

  let last = 0
  let due = 0
  let cancel = () => {}
  const tick = () => {
    const now = clock.monotonicMs()
    due += ((now - last) / 1000) * speed
    last = now
    // What could not be caught up is let go, so that the plant's time is still only counted.
    if (advance(plant, due, maxSteps) === maxSteps) due = secondsOf(plant)
    for (const station of stations) station.follow()
    cancel = clock.after(tickMs, tick)
  }
  const run = () => {
    last = clock.monotonicMs()
    due = secondsOf(plant)
    cancel = clock.after(tickMs, tick)
  }
  if (!options.held) run()

  return {
    plant,
    run,
    things: stations.map(({ thing }) => thing),
    async stop() {
      cancel()
      await closeAll()
    },
  }
}

interface Station {
  readonly server: ModbusServer
  readonly thing: SimulatedThing
  /** Leaves or joins the network as the story says. */
  follow(): void
}

async function openStation(
  machine: Machine,
  index: number,
  plant: Plant,
  { basePort, host, log }: SimulatorOptions,
): Promise<Station> {
  const device: ModbusDevice = createDevice(machine, plant)
  const server = new ModbusServer({ device: (unit) => (unit === machine.unit ? device : undefined), log })
  const { port } = await server.listen(basePort === 0 ? 0 : basePort + index, host)
  let online = true
  return {
    server,
    thing: thingOf(machine, host, port),
    follow() {
      const wanted = !machine.offline?.(plant)
      if (wanted === online) return
      online = wanted
      log.info({ thing: machine.id, online }, 'the network of a machine')
      if (!wanted) server.pause()
      else
        server.resume().catch((error: unknown) => {
          log.warn({ thing: machine.id, error }, 'the port of a machine is taken; trying again')
          online = false
        })
    },
  }
}

const thingOf = ({ id, title, area, profile, unit }: Machine, host: string, port: number): SimulatedThing => ({
  id,
  title,
  area,
  profile,
  connection: { protocol: 'modbus', transport: 'tcp', host, port, unit },
})
