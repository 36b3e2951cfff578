import { silentLogger, systemClock, unwrap } from '#kernel'
import { type ModbusDevice, ModbusException, ModbusServer } from '#modbus'
import { type ThingDefinitionInput, thingDefinition } from '#model'
import type { DeviceSession, Driver } from '#ports'
import { createModbusDriver } from '../../../../src/connect/drivers/modbus/index.ts'
import { RecordingSink } from '../../../fakes/recording-sink.ts'

export interface MachineOptions {
  /** Registers and bits that answer "illegal data address". */
  readonly illegal?: (address: number) => boolean
  /** More registers than this are refused at once. */
  readonly most?: number
}

/** A device with 1,000 registers and coils that writes down what it is asked. */
export class Machine implements ModbusDevice {
  readonly holding = new Uint16Array(1000).map((_, i) => i)
  readonly input = new Uint16Array(1000)
  readonly coils = new Array<boolean>(1000).fill(false)
  readonly asked: { table: string; at: number; count: number }[] = []
  readonly written: string[] = []
  readonly identification = { 0: 'Interwork', 1: 'OM-1', 2: '1.0', 4: 'Pump 1' }
  readonly serverId = { id: Buffer.from('IW-7'), running: true }
  readonly #options: MachineOptions

  constructor(options: MachineOptions = {}) {
    this.#options = options
  }

  read(table: 'coil' | 'discrete', at: number, count: number): readonly boolean[] {
    this.#note(table, at, count, 2000)
    return this.coils.slice(at, at + count).map((on) => on === (table === 'coil'))
  }

  readRegisters(table: 'holding' | 'input', at: number, count: number): Uint16Array {
    this.#note(table, at, count, this.#options.most ?? 125)
    return this[table].slice(at, at + count)
  }

  writeCoils(at: number, values: readonly boolean[]): void {
    this.written.push(`coils ${at} ${values.map(Number).join('')}`)
    this.coils.splice(at, values.length, ...values)
  }

  writeRegisters(at: number, values: Uint16Array): void {
    this.written.push(`registers ${at} ${[...values].map((word) => word.toString(16).padStart(4, '0')).join(' ')}`)
    this.holding.set(values, at)
  }

  #note(table: string, at: number, count: number, most: number): void {
    this.asked.push({ table, at, count })
    if (count > most) throw new ModbusException(3)
    for (let i = at; i < at + count; i++) if (i >= 1000 || this.#options.illegal?.(i)) throw new ModbusException(2)
  }
}

/** A running server with machines by unit, and sessions on it through one driver. */
export class Plant {
  readonly server: ModbusServer
  readonly driver: Driver
  readonly #sessions: DeviceSession[] = []
  port = 0

  constructor(machines: Readonly<Record<number, ModbusDevice>>, framing: 'tcp' | 'rtu' = 'tcp') {
    this.server = new ModbusServer({ device: (unit) => machines[unit], framing })
    this.driver = createModbusDriver({ retryMs: { first: 20, longest: 100 } })
  }

  async start(): Promise<this> {
    this.port = (await this.server.listen(0)).port
    return this
  }

  /** A thing that is polled every 20 ms. Tags are the places of its properties. */
  open(
    properties: ThingDefinitionInput['properties'],
    connection: object = {},
    id = 'machine',
  ): { session: DeviceSession; sink: RecordingSink } {
    const base = { protocol: 'modbus', everyMs: 20, timeoutMs: 200 }
    const place = 'path' in connection ? {} : { host: '127.0.0.1', port: this.port }
    const definition = thingDefinition.parse({ id, connection: { ...base, ...place, ...connection }, properties })
    const sink = new RecordingSink()
    const tags = definition.properties.map((_, index) => index)
    const context = { clock: systemClock, log: silentLogger, sink, tags }
    const session = this.driver.open(unwrap(this.driver.check(definition)), context)
    session.start()
    this.#sessions.push(session)
    return { session, sink }
  }

  async end(): Promise<void> {
    for (const session of this.#sessions) await session.stop()
    await this.driver.close()
    await this.server.close()
  }
}

/** `count` numbers, one register each, from register `from`. */
export const registers = (from: number, count: number): ThingDefinitionInput['properties'] =>
  Array.from({ length: count }, (_, i) => ({ name: `r${from + i}`, type: 'number', address: `hr${from + i}` }))
