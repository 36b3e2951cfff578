import { parseArgs } from 'node:util'
import { type Logger, systemClock, systemCode } from '#kernel'
import { startSimulator } from './simulator.ts'

/**
 * The simulator as a process: `node dist/src/demo/main.js --seed 1 --speed 1 --base-port 15020 --host 127.0.0.1`. Prints
 * one JSON line `{"ready":true,"devices":[{"thing":…}]}` when all machines listen, or `{"ready":false,"error":…}`. Ends on
 * SIGTERM, SIGINT, and when its standard input ends, as it does when the parent dies; `--detached` ignores the input.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    speed: { type: 'string', default: '1' },
    'base-port': { type: 'string', default: '15020' },
    host: { type: 'string', default: '127.0.0.1' },
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

function number(name: 'seed' | 'speed' | 'base-port', min: number, max: number): number {
  const value = Number(values[name])
  if (values[name].trim() !== '' && value >= min && value <= max) return value
  console.error(`--${name} must be a number from ${min} to ${max}, not "${values[name]}"`)
  process.exit(2)
}

try {
  const simulator = await startSimulator({
    seed: number('seed', 0, 2 ** 31),
    speed: number('speed', 0.01, 600),
    basePort: number('base-port', 0, 65_535 - 12),
    host: values.host,
    clock: systemClock,
    log,
  })
  const end = () => void simulator.stop().then(() => process.exit(0))
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  if (!values.detached) process.stdin.resume().once('end', end).once('error', end)
  process.stdout.write(`${JSON.stringify({ ready: true, devices: simulator.things.map((thing) => ({ thing })) })}\n`)
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  process.stdout.write(`${JSON.stringify({ ready: false, error: { code: systemCode(error), message } })}\n`)
  process.exit(1)
}
