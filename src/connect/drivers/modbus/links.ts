import { type Clock, IwError, type Logger } from '#kernel'
import { ModbusClient, type ModbusClientOptions, type ModbusTransport } from '#modbus'
import { addressOf, type ModbusConnection, transportOf } from './connection.ts'

interface Link {
  readonly client: ModbusClient
  readonly transport: ModbusTransport
  users: number
}

/** The connections, each shared by all things at the same host and port or on the same serial line. */
export class Links {
  readonly #links = new Map<string, Link>()
  readonly #options: Partial<ModbusClientOptions>

  constructor(options: Partial<ModbusClientOptions>) {
    this.#options = options
  }

  /** The client of a connection, made when its first user comes. Throws `IW_CONNECT_SERIAL_PORT` where settings differ. */
  acquire(connection: ModbusConnection, clock: Clock, log: Logger): { client: ModbusClient; release(): void } {
    const key = `${connection.transport} ${addressOf(connection)}`
    const transport = transportOf(connection)
    let link = this.#links.get(key)
    if (!link) {
      const client = new ModbusClient({ ...this.#options, transport, clock, log })
      link = { client, transport, users: 0 }
      this.#links.set(key, link)
    }
    if (JSON.stringify(link.transport) !== JSON.stringify(transport))
      throw new IwError('IW_CONNECT_SERIAL_PORT', `${addressOf(connection)} is in use with other serial settings`)
    link.users++
    const held = link
    let released = false
    return {
      client: held.client,
      release: () => {
        if (released) return
        released = true
        if (--held.users > 0) return
        held.client.close()
        if (this.#links.get(key) === held) this.#links.delete(key)
      },
    }
  }

  close(): void {
    for (const { client } of this.#links.values()) client.close()
    this.#links.clear()
  }
}
