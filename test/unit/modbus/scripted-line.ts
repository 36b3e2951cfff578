import {
  type Exchange,
  type ExchangeFailure,
  encodeRequest,
  expectReply,
  ModbusClient,
  type ModbusClientOptions,
  type ModbusRequest,
} from '#modbus'
import { frameRtu } from '../../../src/modbus/crc16.ts'
import { frameMbap } from '../../../src/modbus/mbap.ts'
import type { OpenWire, WireEvents } from '../../../src/modbus/wire.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

/** Lets what the client planned for the end of the tick happen. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
export const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

/** The wires a client opened, in the hands of the test: what was written, and any bytes back. */
export class ScriptedLine {
  readonly clock = new ManualClock()
  readonly client: ModbusClient
  /** Of the wire that is open now. */
  sent: Uint8Array[] = []
  opened = 0
  closedByClient = 0
  #events: WireEvents | undefined
  /** Whether connections are accepted at once. */
  accepts = true

  constructor(options: Partial<ModbusClientOptions> & { kind?: 'tcp' | 'rtu-over-tcp' | 'rtu' } = {}) {
    const { kind = 'tcp', ...rest } = options
    const serial = { path: '/dev/none', baudRate: 19_200, parity: 'even', dataBits: 8, stopBits: 1 } as const
    const transport = kind === 'rtu' ? { kind, ...serial } : { kind, host: 'scripted', port: 502 }
    this.client = new ModbusClient({
      transport,
      clock: this.clock,
      random: () => 0,
      openWire: this.#open,
      ...rest,
    })
  }

  readonly #open: OpenWire = (events) => {
    this.#events = events
    this.opened++
    this.sent = []
    let open = true
    if (this.accepts) queueMicrotask(() => open && events.opened())
    return {
      write: (data) => void this.sent.push(Uint8Array.from(data)),
      close: () => {
        open = false
        this.closedByClient++
        if (this.#events === events) this.#events = undefined
      },
    }
  }

  async start(): Promise<this> {
    this.client.start()
    await settle()
    return this
  }

  /** Bytes from the device, in memory that is overwritten afterwards, as a socket's buffer is. */
  async receive(...chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) {
      const buffer = Buffer.from(chunk)
      this.#events?.data(buffer)
      buffer.fill(0xee)
    }
    await settle()
  }

  async breakOff(reason = 'ECONNRESET'): Promise<void> {
    this.#events?.closed(reason, 'IW_CONNECT_NO_ANSWER')
    await settle()
  }

  async advance(ms: number): Promise<void> {
    this.clock.advance(ms)
    await settle()
  }

  /** Sends a request and gives what became of it so far. */
  async ask(request: ModbusRequest, unit = 1, timeoutMs = 1000): Promise<Asked> {
    const asked = new Asked(unit, request, timeoutMs)
    this.client.send(asked)
    await settle()
    return asked
  }

  /** The transaction id of the n-th request frame on this wire. */
  transaction(n: number): number {
    const all = Buffer.concat(this.sent)
    for (let at = 0, index = 0; at < all.length; index++) {
      if (index === n) return all.readUInt16BE(at)
      at += 6 + all.readUInt16BE(at + 4)
    }
    throw new Error(`there is no request ${n}`)
  }
}

export class Asked implements Exchange {
  readonly unit: number
  readonly timeoutMs: number
  readonly pdu: Uint8Array
  readonly expected
  readonly answers: string[] = []
  readonly failures: ExchangeFailure[] = []

  constructor(unit: number, request: ModbusRequest, timeoutMs: number) {
    this.unit = unit
    this.timeoutMs = timeoutMs
    this.pdu = encodeRequest(request)
    this.expected = expectReply(request, this.pdu)
  }

  answered(data: Uint8Array, at: number, length: number): void {
    this.answers.push(hex(data.subarray(at, at + length)))
  }

  failed(failure: ExchangeFailure): void {
    this.failures.push(failure)
  }
}

export const tcpReply = (transaction: number, unit: number, pdu: string) => frameMbap({ transaction, unit }, bytes(pdu))
export const rtuReply = (unit: number, pdu: string) => frameRtu(unit, bytes(pdu))
