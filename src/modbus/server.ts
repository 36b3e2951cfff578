import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { type Logger, silentLogger } from '#kernel'
import type { ModbusDevice } from './device.ts'
import { exceptionPdu, serve } from './serve.ts'
import { type Deframer, deframeMbap, deframeRtu } from './server-framing.ts'

export interface ModbusServerOptions {
  /** The device of a unit id; `undefined`: nobody there (TCP answers exception 11, RTU is silent). */
  device(unit: number): ModbusDevice | undefined
  readonly log?: Logger
  /** Further connections are closed at once. Default 64. */
  readonly maxConnections?: number
  /** `rtu`: RTU frames over TCP, as serial device servers speak. Default `tcp`. */
  readonly framing?: 'tcp' | 'rtu'
}

/** Serves Modbus devices on a TCP port (Messaging on TCP V1.0b; RTU frames over TCP where asked). */
export class ModbusServer {
  readonly #options: ModbusServerOptions
  readonly #log: Logger
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #bound: { port: number; host: string } | undefined

  constructor(options: ModbusServerOptions) {
    this.#options = options
    this.#log = options.log ?? silentLogger
  }

  /** Listens; port 0 lets the system choose. Rejects with the system's error where the port cannot be had. */
  async listen(port: number, host = '127.0.0.1'): Promise<{ port: number }> {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
    server.on('error', (error) => this.#log.warn({ error: error.message }, 'Modbus server'))
    this.#server = server
    this.#bound = { port: (server.address() as AddressInfo).port, host }
    return { port: this.#bound.port }
  }

  /** Drops all connections and stops listening. */
  async close(): Promise<void> {
    this.pause()
    this.#bound = undefined
  }

  /** Drops all connections and refuses new ones, as a machine without power. */
  pause(): void {
    this.#server?.close()
    this.#server = undefined
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets.clear()
  }

  /** Accepts connections again on the same port. */
  async resume(): Promise<void> {
    if (this.#bound && !this.#server) await this.listen(this.#bound.port, this.#bound.host)
  }

  get connections(): number {
    return this.#sockets.size
  }

  #accept(socket: Socket): void {
    if (this.#sockets.size >= (this.#options.maxConnections ?? 64)) {
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    // A client that breaks off is no event of ours: 'close' follows.
    socket.on('error', () => {})
    const deframe = this.#options.framing === 'rtu' ? deframeRtu : deframeMbap
    const answer = (unit: number, pdu: Uint8Array) => this.#answer(unit, pdu)
    serveSocket(socket, deframe(answer))
  }

  #answer(unit: number, pdu: Uint8Array): Uint8Array | undefined {
    const device = this.#options.device(unit)
    if (!device) return this.#options.framing === 'rtu' ? undefined : exceptionPdu(pdu[0]!, 11)
    return serve(device, pdu, (error) => this.#log.error({ unit, function: pdu[0], error }, 'Modbus device failed'))
  }
}

/** Feeds a socket's bytes to the deframer; a client that does not take its answers is not read any further. */
function serveSocket(socket: Socket, deframer: Deframer): void {
  socket.on('data', (chunk: Buffer) => {
    const { replies, broken } = deframer(chunk)
    if (replies.length > 0 && !socket.write(replies.length === 1 ? replies[0]! : Buffer.concat(replies))) {
      socket.pause()
      socket.once('drain', () => socket.resume())
    }
    if (broken) socket.destroy()
  })
}
