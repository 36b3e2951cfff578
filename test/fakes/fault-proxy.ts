import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { seededRandom } from './random.ts'

export const faultKinds = [
  'delay',
  'drop',
  'duplicate',
  'reorder',
  'truncate',
  'wrong-unit',
  'wrong-transaction',
] as const
export type FaultKind = (typeof faultKinds)[number]

export interface FaultProxyOptions {
  readonly targetPort: number
  readonly seed: number
  /** Share of replies that suffer each fault, 0 to 1. */
  readonly rates: Partial<Readonly<Record<FaultKind, number>>>
  /** A delayed reply comes so long after its time, ms: beyond the client's time-out, so that it is late. */
  readonly delayMs: { readonly least: number; readonly most: number }
}

/**
 * Stands between a Modbus TCP client and a server and spoils replies: seeded, so that the same seed spoils the same
 * replies of the same traffic. Requests pass untouched.
 */
export class FaultProxy {
  readonly counts = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>
  readonly #options: FaultProxyOptions
  readonly #random: () => number
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #replies = 0

  constructor(options: FaultProxyOptions) {
    this.#options = options
    this.#random = seededRandom(options.seed)
  }

  get replies(): number {
    return this.#replies
  }

  async listen(): Promise<{ port: number }> {
    const server = createServer({ noDelay: true }, (client) => this.#join(client))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.#server = server
    return { port: (server.address() as AddressInfo).port }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()))
  }

  #join(client: Socket): void {
    const server = connect({ host: '127.0.0.1', port: this.#options.targetPort, noDelay: true })
    const line = new SpoiledLine(this.#random, this.#options, this.counts, client)
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
        line.end()
      })
    }
    client.on('data', (chunk: Buffer) => {
      line.requests(chunk)
      if (!server.destroyed) server.write(chunk)
    })
    server.on('data', (chunk: Buffer) => {
      this.#replies += line.replies(chunk)
    })
  }
}

/** The replies of one connection on their way through the proxy. */
class SpoiledLine {
  readonly #random: () => number
  readonly #options: FaultProxyOptions
  readonly #counts: Record<FaultKind, number>
  readonly #client: Socket
  readonly #timers = new Set<NodeJS.Timeout>()
  /** Transactions asked and not yet answered properly: no false id may be one of them, or it would be a true answer. */
  readonly #outstanding = new Set<number>()
  /** Ids that were used: what a confused device would most likely repeat. */
  #lastId = 0
  #asked: Buffer = Buffer.alloc(0)
  #answered: Buffer = Buffer.alloc(0)
  #held: Buffer | undefined

  constructor(random: () => number, options: FaultProxyOptions, counts: Record<FaultKind, number>, client: Socket) {
    this.#random = random
    this.#options = options
    this.#counts = counts
    this.#client = client
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    this.#held = undefined
  }

  requests(chunk: Buffer): void {
    this.#asked = Buffer.concat([this.#asked, chunk])
    for (const frame of this.#take('asked')) this.#outstanding.add(frame.readUInt16BE(0))
  }

  /** How many replies were in the chunk. */
  replies(chunk: Buffer): number {
    this.#answered = Buffer.concat([this.#answered, chunk])
    const frames = this.#take('answered')
    for (const frame of frames) this.#pass(frame)
    return frames.length
  }

  #take(side: 'asked' | 'answered'): Buffer[] {
    const bytes = side === 'asked' ? this.#asked : this.#answered
    const frames: Buffer[] = []
    let at = 0
    while (bytes.length - at >= 6 && bytes.length - at >= 6 + bytes.readUInt16BE(at + 4)) {
      const end = at + 6 + bytes.readUInt16BE(at + 4)
      frames.push(Buffer.from(bytes.subarray(at, end)))
      at = end
    }
    if (side === 'asked') this.#asked = bytes.subarray(at)
    else this.#answered = bytes.subarray(at)
    return frames
  }

  #pass(frame: Buffer): void {
    const fault = this.#choose()
    if (!fault) {
      this.#send(frame)
      return
    }
    this.#counts[fault]++
    switch (fault) {
      case 'delay':
        this.#later(this.#between(this.#options.delayMs.least, this.#options.delayMs.most), () => this.#send(frame))
        break
      case 'drop':
        break
      case 'duplicate':
        this.#send(frame)
        if (this.#random() < 0.5) this.#send(frame)
        else this.#later(this.#between(0, this.#options.delayMs.most), () => this.#send(frame))
        break
      case 'reorder':
        this.#hold(frame)
        break
      case 'truncate':
        this.#write(frame.subarray(0, 1 + Math.floor(this.#random() * (frame.length - 1))))
        break
      case 'wrong-unit':
        frame[6] = (frame[6]! + 1 + Math.floor(this.#random() * 254)) & 0xff
        this.#send(frame)
        break
      case 'wrong-transaction':
        frame.writeUInt16BE(this.#falseId(frame.readUInt16BE(0)), 0)
        this.#write(frame)
        break
    }
  }

  #choose(): FaultKind | undefined {
    let draw = this.#random()
    for (const kind of faultKinds) {
      draw -= this.#options.rates[kind] ?? 0
      if (draw < 0) return kind
    }
    return undefined
  }

  /** Sent after the next reply, or after 3 ms where none follows. */
  #hold(frame: Buffer): void {
    const before = this.#held
    this.#held = frame
    if (before) this.#send(before)
    this.#later(3, () => {
      if (this.#held === frame) this.#releaseHeld()
    })
  }

  #releaseHeld(): void {
    const held = this.#held
    this.#held = undefined
    if (held) this.#send(held)
  }

  #send(frame: Buffer): void {
    this.#lastId = frame.readUInt16BE(0)
    this.#outstanding.delete(this.#lastId)
    this.#write(frame)
    if (this.#held && this.#held !== frame) this.#releaseHeld()
  }

  #write(bytes: Buffer): void {
    if (!this.#client.destroyed) this.#client.write(bytes)
  }

  /** Half of the time an id that was in use lately, else any; never one that waits for its answer. */
  #falseId(own: number): number {
    let id = this.#random() < 0.5 ? this.#lastId : Math.floor(this.#random() * 0x10000)
    while (id === own || this.#outstanding.has(id)) id = Math.floor(this.#random() * 0x10000)
    return id
  }

  #between(least: number, most: number): number {
    return least + this.#random() * (most - least)
  }

  #later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      run()
    }, ms)
    this.#timers.add(timer)
  }
}
