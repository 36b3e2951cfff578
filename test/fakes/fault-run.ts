import {
  compileNumber,
  type Exchange,
  type ExchangeFailure,
  encodeRequest,
  expectReply,
  ModbusClient,
  ModbusServer,
  type ReplyExpectation,
  totalDiscards,
} from '#modbus'
import { type FaultKind, FaultProxy, faultKinds } from './fault-proxy.ts'
import { seededRandom } from './random.ts'
import { TellingRegisters } from './telling-registers.ts'

export interface FaultRunOptions {
  /** Values to be asked for; 62 in a request. */
  readonly values: number
  readonly seed: number
  /** Share of replies that suffer each of the faults. */
  readonly rate: number
  readonly timeoutMs?: number
  readonly connections?: number
  readonly inFlight?: number
  /** The control: replies are given to the oldest request, whatever their transaction id. */
  readonly ignoreTransactions?: boolean
  /** Called now and then with the share that is done. */
  progress?(done: number): void
}

export interface FaultRunResult {
  readonly values: number
  readonly requests: number
  readonly answered: number
  readonly failed: number
  readonly discarded: number
  readonly reconnects: number
  readonly faults: Readonly<Record<FaultKind, number>>
  readonly wrong: number
}

const valuesPerRequest = 62
const registersPerRequest = valuesPerRequest * 2
const blocks = 400

/** Asks for values through a proxy that spoils replies, and counts the values that cannot be the ones asked for. */
export async function runFaults(options: FaultRunOptions): Promise<FaultRunResult> {
  const { seed, rate, connections = 8, timeoutMs = 40 } = options
  const devices = [1, 2, 3].map((unit) => new TellingRegisters(unit))
  const server = new ModbusServer({
    device: (unit) => devices.find((device) => device.unit === unit),
    maxConnections: 10_000,
  })
  const { port: targetPort } = await server.listen(0)
  const rates = Object.fromEntries(faultKinds.map((kind) => [kind, rate]))
  const delayMs = { least: timeoutMs * 1.1, most: timeoutMs * 3 }
  const proxy = new FaultProxy({ targetPort, seed, rates, delayMs })
  const { port } = await proxy.listen()
  const tally = new Tally(Math.ceil(options.values / valuesPerRequest), options.progress)
  const clients = Array.from({ length: connections }, (_, index) => makeClient(port, seed + index, options))
  await Promise.all(clients.map((client, index) => drive(client, devices, tally, seed * 1000 + index, options)))
  const result = {
    ...tally.counts,
    values: tally.counts.answered * valuesPerRequest,
    discarded: sum(clients, ({ discarded }) => totalDiscards(discarded)),
    reconnects: sum(clients, ({ connects }) => connects - 1),
    faults: proxy.counts,
  }
  for (const client of clients) client.close()
  await proxy.close()
  await server.close()
  return result
}

const sum = (clients: readonly ModbusClient[], count: (counters: ModbusClient['counters']) => number): number =>
  clients.reduce((total, { counters }) => total + count(counters), 0)

function makeClient(port: number, seed: number, { ignoreTransactions }: FaultRunOptions): ModbusClient {
  return new ModbusClient({
    transport: { kind: 'tcp', host: '127.0.0.1', port },
    random: seededRandom(seed),
    retryMs: { first: 2, longest: 50 },
    brokenOnPurposeIgnoreTransactions: ignoreTransactions ?? false,
  })
}

/** What is counted, by all connections together. */
class Tally {
  readonly counts = { requests: 0, answered: 0, failed: 0, wrong: 0 }
  readonly #wanted: number
  readonly #progress: ((done: number) => void) | undefined

  constructor(wanted: number, progress?: (done: number) => void) {
    this.#wanted = wanted
    this.#progress = progress
  }

  /** Whether enough has been answered; the run ends by answers, so that faults do not shorten it. */
  get done(): boolean {
    return this.counts.answered >= this.#wanted
  }

  answered(wrong: number): void {
    this.counts.answered++
    this.counts.wrong += wrong
    if (this.counts.answered % 2000 === 0) this.#progress?.(this.counts.answered / this.#wanted)
  }
}

/** Keeps a few requests on the wire of one connection until enough is answered. */
function drive(
  client: ModbusClient,
  devices: readonly TellingRegisters[],
  tally: Tally,
  seed: number,
  { timeoutMs = 40, inFlight = 4 }: FaultRunOptions,
): Promise<void> {
  const random = seededRandom(seed)
  for (const { unit } of devices) client.limitUnit(unit, inFlight)
  return new Promise((resolve) => {
    let open = 0
    const stop = client.watch(({ kind }) => kind === 'open' && fill())
    const ended = () => {
      open--
      fill()
    }
    function fill(): void {
      if (tally.done && open === 0) {
        stop()
        resolve()
      }
      while (!tally.done && open < inFlight && client.state.kind === 'open') {
        open++
        tally.counts.requests++
        const device = devices[Math.floor(random() * devices.length)]!
        client.send(
          new CheckedRead(device, Math.floor(random() * blocks) * registersPerRequest, timeoutMs, tally, ended),
        )
      }
    }
    client.start()
  })
}

const decode = compileNumber({ as: 'uint32', order: 'ABCD' })

/** One read whose values are looked at one by one. */
class CheckedRead implements Exchange {
  readonly unit: number
  readonly timeoutMs: number
  readonly pdu: Uint8Array
  readonly expected: ReplyExpectation
  readonly #device: TellingRegisters
  readonly #address: number
  readonly #from: number
  readonly #tally: Tally
  readonly #ended: () => void

  constructor(device: TellingRegisters, address: number, timeoutMs: number, tally: Tally, ended: () => void) {
    const request = { function: 3, address, count: registersPerRequest } as const
    this.unit = device.unit
    this.timeoutMs = timeoutMs
    this.pdu = encodeRequest(request)
    this.expected = expectReply(request, this.pdu)
    this.#device = device
    this.#address = address
    this.#from = device.generation
    this.#tally = tally
    this.#ended = ended
  }

  answered(bytes: Uint8Array, at: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at + 2)
    let wrong = 0
    for (let i = 0; i < valuesPerRequest; i++)
      if (!this.#device.isPossible(decode(view, 4 * i), this.#address + 2 * i, this.#from)) wrong++
    this.#tally.answered(wrong)
    this.#ended()
  }

  failed(_failure: ExchangeFailure): void {
    this.#tally.counts.failed++
    this.#ended()
  }
}
