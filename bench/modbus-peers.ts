import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { join } from 'node:path'
import { ModbusClient, readRegisters } from '#modbus'
import { type Bench, median, ownCpuSeconds, type Result } from './harness.ts'
import { startLoad } from './instance.ts'

const registers = 125
const rounds = Number(process.env['IW_BENCH_ROUNDS'] ?? 7)
const readsPerRound = Number(process.env['IW_BENCH_READS'] ?? 8000)
const peerVersions = { 'modbus-serial': '8.0.25', jsmodbus: '5.0.0' } as const

/** One of the clients compared: reads 125 holding registers and gives them. */
interface Contender {
  readonly name: string
  read(): Promise<ArrayLike<number>>
  close(): void
}

/** CPU of our client for a read, against the two clients that others use; in turns, server in a process of its own. */
export const bench: Bench = {
  name: 'modbus-peers',
  load: `${registers}-register reads over loopback TCP, ${rounds} rounds of ${readsPerRound} reads in turns, server in another process`,
  async run(say) {
    const modules = installPeers(say)
    const server = await startLoad<{ port: number }>('modbus-peers-load.ts')
    const contenders = [
      await ours(server.port),
      await modbusSerial(modules, server.port),
      await jsmodbus(modules, server.port),
    ]
    try {
      return [...(await compare(contenders, 8, say)), ...(await compare(contenders, 1, say))]
    } finally {
      for (const contender of contenders) contender.close()
      await server.stop()
    }
  },
}

async function compare(
  contenders: readonly Contender[],
  inFlight: number,
  say: (line: string) => void,
): Promise<Result[]> {
  const cpu = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
  for (const contender of contenders) await measure(contender, inFlight, readsPerRound / 4)
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) cpu.get(contender.name)!.push(await measure(contender, inFlight, readsPerRound))
    const line = [...cpu].map(([name, values]) => `${name} ${values.at(-1)!.toFixed(1)}`).join(', ')
    say(`${inFlight} in flight, round ${round} of ${rounds}: ${line} µs CPU a read`)
  }
  const [own, ...peers] = [...cpu].map(([name, values]) => ({ name, value: median(values) }))
  const best = peers.toSorted((a, b) => a.value - b.value)[0]!
  const peer = { name: best.name, version: peerVersions[best.name as keyof typeof peerVersions], value: best.value }
  const suffix = `${inFlight} in flight`
  const bar = { op: '<=', value: best.value / 2 } as const
  return [
    { name: `CPU a read, ${suffix}`, value: own!.value, unit: 'µs', peer, ...(inFlight > 1 && { bar }) },
    ...peers.map(({ name, value }) => ({ name: `CPU a read, ${suffix}, ${name}`, value, unit: 'µs' })),
  ]
}

/** µs of CPU of this process for one read, `inFlight` of them on the wire all the time. */
async function measure({ name, read }: Contender, inFlight: number, reads: number): Promise<number> {
  let left = reads
  const before = ownCpuSeconds()
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left-- > 0) {
        const values = await read()
        if (values.length !== registers || values[registers - 1] !== registers - 1)
          throw new Error(`${name} read nonsense`)
      }
    }),
  )
  return ((ownCpuSeconds() - before) * 1e6) / reads
}

async function ours(port: number): Promise<Contender> {
  const client = new ModbusClient({ transport: { kind: 'tcp', host: '127.0.0.1', port } })
  client.limitUnit(1, 16)
  await new Promise<void>((resolve) => {
    client.watch(({ kind }) => kind === 'open' && resolve())
    client.start()
  })
  return {
    name: 'interwork',
    read: () => readRegisters(client, 1, 'holding', 0, registers),
    close: () => client.close(),
  }
}

interface ModbusSerial {
  connectTCP(host: string, options: { port: number }): Promise<void>
  setID(unit: number): void
  readHoldingRegisters(address: number, count: number): Promise<{ data: number[] }>
  close(done: () => void): void
}

async function modbusSerial(modules: NodeJS.Require, port: number): Promise<Contender> {
  const exported = modules('modbus-serial') as { default?: new () => ModbusSerial } & (new () => ModbusSerial)
  const client = new (exported.default ?? exported)()
  await client.connectTCP('127.0.0.1', { port })
  client.setID(1)
  return {
    name: 'modbus-serial',
    read: async () => (await client.readHoldingRegisters(0, registers)).data,
    close: () => client.close(() => {}),
  }
}

interface JsModbus {
  readonly client: {
    readonly TCP: new (
      socket: ReturnType<typeof connect>,
      unit: number,
    ) => {
      readHoldingRegisters(address: number, count: number): Promise<{ response: { body: { valuesAsArray: number[] } } }>
    }
  }
}

async function jsmodbus(modules: NodeJS.Require, port: number): Promise<Contender> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const client = new (modules('jsmodbus') as JsModbus).client.TCP(socket, 1)
  await new Promise((resolve) => socket.once('connect', resolve))
  return {
    name: 'jsmodbus',
    read: async () => (await client.readHoldingRegisters(0, registers)).response.body.valuesAsArray,
    close: () => void socket.destroy(),
  }
}

/** Installs the peers at their pinned versions into `.peers/npm`, where they are not. */
function installPeers(say: (line: string) => void): NodeJS.Require {
  const folder = join(import.meta.dirname, '..', '.peers', 'npm')
  const packages = Object.entries(peerVersions)
  if (!packages.every(([name, version]) => installedVersion(folder, name) === version)) {
    const wanted = packages.map(([name, version]) => `${name}@${version}`)
    say(`installing ${wanted.join(' and ')} into .peers/npm`)
    mkdirSync(folder, { recursive: true })
    if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...wanted], {
      cwd: folder,
      stdio: 'ignore',
    })
  }
  return createRequire(join(folder, 'package.json'))
}

function installedVersion(folder: string, name: string): string | undefined {
  const file = join(folder, 'node_modules', name, 'package.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : undefined
}
