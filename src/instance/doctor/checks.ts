import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import type { SystemView } from '#http'
import { latestTime } from '#kernel'
import { clientFor, isAlive } from '../client/client.ts'
import { dataFormat } from '../data-folder.ts'
import { readInstanceFile } from '../instance-file.ts'
import type { Settings } from '../settings/schema.ts'
import type { Finding } from './doctor.ts'

type Check = (settings: Settings) => Promise<Omit<Finding, 'check'>> | Omit<Finding, 'check'>

const good = (message: string) => ({ status: 'good', message }) as const
const warning = (message: string, remedy: string) => ({ status: 'warning', message, remedy }) as const
const bad = (message: string, remedy: string) => ({ status: 'bad', message, remedy }) as const
const notRun = (message: string) => ({ status: 'not run', message, remedy: 'Start the instance first.' }) as const

/** What `interwork doctor` looks at, in this order. */
export const checks: Readonly<Record<string, Check>> = {
  'Node version': () => {
    const [major = 0] = process.versions.node.split('.').map(Number)
    return major >= 24
      ? good(`Node ${process.versions.node}`)
      : bad(`Node ${process.versions.node}`, 'Use Node 24 or newer; `npm ci` brings one.')
  },
  'data folder': ({ data }) => dataFolder(data),
  'folder permissions': ({ data }) => ownerOnly(data, 0o700),
  'token permissions': ({ data }) => ownerOnly(join(data, 'token'), 0o600),
  'disk space': ({ data }) => diskSpace(nearestExisting(data)),
  'disk sync': ({ data }) => diskSync(data),
  clock: ({ data }) => clock(data),
  'open files': ({ http }) => openFiles(http.maxConnections),
  port: ({ data, http }) => port(data, http),
  'running instance': ({ data }) => runningInstance(data),
}

function dataFolder(path: string) {
  if (!existsSync(path)) {
    accessSync(nearestExisting(path), constants.W_OK)
    return good(`${path} will be made at the first start`)
  }
  accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  const format = join(path, 'FORMAT')
  if (!existsSync(format)) return bad(`${path} is not a data folder`, 'Name another folder with --data.')
  const number = Number(readFileSync(format, 'utf8'))
  return number <= dataFormat
    ? good(`${path}, format ${number}`)
    : bad(`${path} has format ${number}, newer than ${dataFormat}`, 'Start the newer version on it.')
}

function ownerOnly(path: string, wanted: number) {
  if (!existsSync(path)) return good(`${path} will be made at the first start`)
  const mode = statSync(path).mode & 0o777
  const text = mode.toString(8)
  return mode === wanted
    ? good(`${path} is ${text}`)
    : warning(`${path} is ${text}: others may read it`, `chmod ${wanted.toString(8)} ${path}`)
}

function diskSpace(path: string) {
  const { bavail, blocks, bsize } = statfsSync(path)
  const [free, reserve] = [bavail * bsize, Math.max(2 ** 30, 0.02 * blocks * bsize)]
  const text = `${(free / 2 ** 30).toFixed(1)} GiB free`
  if (free < reserve) return bad(`${text}: nothing is acknowledged`, 'Free disk space.')
  return free < 5 * reserve ? warning(text, 'Free disk space soon, or use a larger disk.') : good(text)
}

/** Each acknowledgement waits for one sync, so a slow one is felt by everybody who sends. */
function diskSync(path: string) {
  if (!existsSync(path)) return notRun('no data folder yet')
  const probe = join(path, `doctor-${process.pid}.tmp`)
  const file = openSync(probe, 'w', 0o600)
  try {
    const times = Array.from({ length: 5 }, () => {
      writeSync(file, 'x'.repeat(4096))
      const began = performance.now()
      fdatasyncSync(file)
      return performance.now() - began
    })
    const middle = times.toSorted((a, b) => a - b)[2]!
    const text = `${middle.toFixed(1)} ms a sync`
    return middle < 50 ? good(text) : warning(text, 'Use a disk with a faster sync, such as an SSD.')
  } finally {
    closeSync(file)
    rmSync(probe)
  }
}

function clock(path: string) {
  const now = Date.now()
  const built = Date.UTC(2025, 0)
  if (now < built || now * 1000 > latestTime)
    return bad(`the clock says ${new Date(now).toISOString()}`, 'Set the clock, or switch on NTP.')
  const file = join(path, 'instance.json')
  const written = existsSync(file) ? statSync(file).mtimeMs : 0
  return written > now + 60_000
    ? warning(`the clock is behind the last start, ${new Date(written).toISOString()}`, 'Set the clock.')
    : good(new Date(now).toISOString())
}

function openFiles(connections: number) {
  if (!existsSync('/proc/self/limits')) return good('limited by the system')
  const [, soft] = /Max open files\s+(\S+)/.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  if (soft === undefined || soft === 'unlimited') return good('unlimited')
  return Number(soft) >= connections
    ? good(soft)
    : warning(`${soft}, fewer than http.maxConnections ${connections}`, `ulimit -n ${connections + 1000}`)
}

async function port(data: string, { host, port: wanted }: Settings['http']) {
  const running = readInstanceFile(data)?.running
  if (running && isAlive(running.pid)) return good(`${running.url}, used by the instance itself`)
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const server = createServer().once('error', resolve)
    server.listen(wanted, host, () => server.close(() => resolve(undefined)))
  })
  if (!failure) return good(`${host}:${wanted} is free`)
  return bad(`${host}:${wanted}: ${failure.code}`, 'Stop the other program, or choose another port with http.port.')
}

async function runningInstance(data: string) {
  const running = readInstanceFile(data)?.running
  if (!running || !isAlive(running.pid)) return notRun('none runs on this folder')
  const system = await clientFor([data]).json<SystemView>('/api/v1/system')
  const { historian, eventLoopDelayMs, version } = system
  if (!historian.accepting)
    return bad(`nothing is stored: ${historian.refusal?.message ?? ''}`, 'See docs/reference/errors.md for the code.')
  const text = `version ${version}, process ${running.pid}, event loop p99 ${eventLoopDelayMs.p99.toFixed(1)} ms`
  return eventLoopDelayMs.p99 < 100 ? good(text) : warning(text, 'The machine is too busy: see /metrics.')
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path))
}
