import { z } from 'zod'
import type { ModbusTransport } from '#modbus'

const order = z.enum(['ABCD', 'CDAB', 'BADC', 'DCBA'])

const common = {
  protocol: z.literal('modbus'),
  unit: z.number().int().min(0).max(255).default(1).describe('unit id (slave address)'),
  everyMs: z.number().int().min(10).max(86_400_000).default(1000).describe('interval of polling'),
  timeoutMs: z.number().int().min(10).max(60_000).default(1000).describe('how long to wait for an answer'),
  order: order.default('ABCD').describe('byte order of values of more than one register, unless they say their own'),
  maxRegisters: z.number().int().min(1).max(125).default(125).describe('most registers the device gives in one answer'),
  maxBits: z.number().int().min(1).max(2000).default(2000).describe('most bits the device gives in one answer'),
  gap: z.number().int().min(0).max(124).default(16).describe('unused registers read along to save a request'),
  writeFunction: z
    .enum(['auto', 'single', 'multiple'])
    .default('auto')
    .describe('functions 5 and 6, or 15 and 16; auto: single where one coil or register is written'),
}

const onTcp = {
  ...common,
  host: z.string().min(1).max(255),
  port: z.number().int().min(1).max(65_535).default(502),
}

const tcp = z.strictObject({
  ...onTcp,
  transport: z.literal('tcp'),
  inFlight: z.number().int().min(1).max(16).default(1).describe('requests on the wire at once'),
})

const rtuUnit = z.number().int().min(1).max(247).default(1).describe('unit id (slave address)')

const rtuOverTcp = z.strictObject({ ...onTcp, unit: rtuUnit, transport: z.literal('rtu-over-tcp') })

const rtu = z.strictObject({
  ...common,
  unit: rtuUnit,
  transport: z.literal('rtu'),
  path: z.string().min(1).describe('the serial port: /dev/ttyUSB0, COM3'),
  baudRate: z.number().int().min(300).max(4_000_000).default(19_200),
  parity: z.enum(['none', 'even', 'odd']).default('even'),
  dataBits: z.literal([7, 8]).default(8),
  stopBits: z.literal([1, 2]).default(1),
})

/** `connection` of a thing on Modbus; without `transport` it is TCP where there is a host, else a serial line. */
export const modbusConnection = z.preprocess(
  (input) => {
    if (typeof input !== 'object' || input === null || 'transport' in input) return input
    return { ...input, transport: 'path' in input ? 'rtu' : 'tcp' }
  },
  z.discriminatedUnion('transport', [tcp, rtuOverTcp, rtu]),
)
export type ModbusConnection = z.output<typeof modbusConnection>

/** Where it is reached, for people; things with the same one share a connection. */
export const addressOf = (connection: ModbusConnection): string =>
  connection.transport === 'rtu' ? connection.path : `${connection.host}:${connection.port}`

export function transportOf(connection: ModbusConnection): ModbusTransport {
  if (connection.transport !== 'rtu')
    return { kind: connection.transport, host: connection.host, port: connection.port }
  const { path, baudRate, parity, dataBits, stopBits } = connection
  return { kind: 'rtu', path, baudRate, parity, dataBits, stopBits }
}

/** Requests of one thing on the wire at once. */
export const inFlightOf = (connection: ModbusConnection): number =>
  connection.transport === 'tcp' ? connection.inFlight : 1
