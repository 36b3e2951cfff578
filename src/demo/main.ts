import { parseArgs } from 'node:util'
import { type Logger, systemClock, systemCode } from '#kernel'
import { keepPlant, keptPlant } from './keep-plant.ts'
import { type Channel, tellPast } from './past/tell.ts'
import { createPastPlant, createPlant } from './plant/plant.ts'
import { startSimulator } from './simulator.ts'

/**
 * The simulator as a process: `node dist/src/demo/main.js --seed 1 --speed 1 --base-port 15020 --host 127.0.0.1`. Prints
 * one JSON line `{"ready":true,"devices":[{"thing":…}]}` when all machines listen, or `{"ready":false,"error":…}`. Ends on
 * SIGTERM, SIGINT, and when its standard input ends, as it does when the parent dies; `--detached` ignores the input.
 *
 * `--state FILE`: goes on where the plant in that file stood, and keeps it there. `--past DAYS`: the plant stands so many days
 * before its story and still, until it was asked for its past over the channel of its parent (`past/messages.ts`).
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    speed: { type: 'string', default: '1' },
    'base-port': { type: 'string', default: '15020' },
    host: { type: 'string', default: '127.0.0.1' },
    state: { type: 'string' },
    past: { type: 'string', default: '0' },
    detached: { type: 'boolean', default: false },
  },
})

const log: Logger = {
  debug: () => {},
  info: (fields, message) => tell('info', fields, message),
  warn: (fields, message) => tell('warn', fields, message),
  error: (fields, message) => tell('error', fields, message),
  child: () => log,
}

function tell(level: string, fields: object, message: string): void {
  process.stderr.write(`${JSON.stringify({ level, ...fields, message })}\n`)
}

function number(name: 'seed' | 'speed' | 'base-port' | 'past', min: number, max: number): number {
  const value = Number(values[name])
  if (values[name].trim() !== '' && value >= min && value <= max) return value
  console.error(`--${name} must be a number from ${min} to ${max}, not "${values[name]}"`)
  process.exit(2)
}

/** The channel of the parent; without one nobody can ask for a past. */
function channel(): Channel {
  const send = process.send?.bind(process)
  if (!send) {
    console.error('--past needs a parent that asks for it')
    process.exit(2)
  }
  return {
    send: (message) => void send(message),
    onMessage: (listen) => void process.on('message', listen),
    close: () => process.disconnect(),
  }
}

try {
  const seed = number('seed', 0, 2 ** 31)
  const days = number('past', 0, 366)
  const { state } = values
  const kept = state !== undefined && days === 0 ? keptPlant(state, seed) : undefined
  const plant = kept ?? (days > 0 ? createPastPlant(seed, days) : createPlant(seed))
  const simulator = await startSimulator({
    seed,
    plant,
    held: days > 0,
    speed: number('speed', 0.01, 600),
    basePort: number('base-port', 0, 65_535 - 12),
    host: values.host,
    clock: systemClock,
    log,
  })
  const keeping = state === undefined ? undefined : keepPlant(state, plant, systemClock, log)
  if (days === 0) keeping?.begin()
  else
    tellPast(plant, channel(), {
      told: () => keeping?.now(),
      live() {
        keeping?.begin()
        simulator.run()
      },
    })
  const end = () => {
    keeping?.end()
    void simulator.stop().then(() => process.exit(0))
  }
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  if (!values.detached) process.stdin.resume().once('end', end).once('error', end)
  process.stdout.write(`${JSON.stringify({ ready: true, devices: simulator.things.map((thing) => ({ thing })) })}\n`)
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  process.stdout.write(`${JSON.stringify({ ready: false, error: { code: systemCode(error), message } })}\n`)
  process.exit(1)
}
