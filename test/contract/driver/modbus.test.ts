import { createModbusDriver } from '#connect'
import { compileInteger, compileNumber, encodeNumber, encodeText, ModbusException, ModbusServer } from '#modbus'
import type { ThingDefinitionInput, Value } from '#model'
import { type ContractProperty, type DriverBench, driverContract } from './driver-contract.ts'

const level = { as: 'float32', order: 'CDAB' } as const
const count = { as: 'int64', order: 'ABCD' } as const
const name = { as: 'string', order: 'ABCD', registers: 8, text: 'ascii' } as const

const properties: ThingDefinitionInput['properties'] = [
  { name: 'level', type: 'number', address: 'hr0:float32:CDAB', write: {} },
  { name: 'count', type: 'integer', address: { table: 'holding', at: 4, as: 'int64' } },
  { name: 'running', type: 'boolean', address: 'co3' },
  { name: 'name', type: 'string', address: 'hr10:string[8]' },
  { name: 'missing', type: 'number', address: 'hr200' },
]

for (const [framing, transport] of [
  ['tcp', 'tcp'],
  ['rtu', 'rtu-over-tcp'],
] as const)
  driverContract(`modbus on ${transport}`, async (): Promise<DriverBench> => {
    const registers = new Uint16Array(100)
    const coils = new Array<boolean>(10).fill(false)
    const server = new ModbusServer({
      framing,
      device: () => ({
        read: (_table, at, count) => coils.slice(at, at + count),
        readRegisters(_table, at, count) {
          if (at + count > registers.length) throw new ModbusException(2)
          return registers.slice(at, at + count)
        },
        writeRegisters: (at, values) => registers.set(values, at),
        writeCoils: (at, values) => void coils.splice(at, values.length, ...values),
      }),
    })
    const { port } = await server.listen(0)
    const connection = { protocol: 'modbus', transport, host: '127.0.0.1', port, everyMs: 20, timeoutMs: 500 }
    const definition: ThingDefinitionInput = { id: 'contract', connection, properties }
    const registersAt = (at: number, size: number): DataView => {
      const words = new DataView(new ArrayBuffer(size * 2))
      for (let i = 0; i < size; i++) words.setUint16(2 * i, registers[at + i]!)
      return words
    }
    return {
      driver: createModbusDriver({ retryMs: { first: 20, longest: 40 } }),
      definition,
      invalid: [
        { definition: { ...definition, connection: { ...connection, port: 0 } }, path: 'connection.port' },
        { definition: { ...definition, connection: { ...connection, sped: 1 } }, path: 'connection' },
        {
          definition: { ...definition, properties: [{ name: 'x', type: 'number', address: 'hr' }] },
          path: 'properties.0.address',
        },
        {
          definition: { ...definition, properties: [{ name: 'x', type: 'number', address: { table: 'moon', at: 1 } }] },
          path: 'properties.0.address.table',
        },
      ],
      get(property: ContractProperty): Value {
        if (property === 'level') return compileNumber(level)(registersAt(0, 2), 0)
        if (property === 'count') return compileInteger(count)(registersAt(4, 4), 0)
        return property === 'running' ? coils[3]! : null
      },
      set(property, value) {
        if (property === 'level') registers.set(encodeNumber(level, value as number), 0)
        else if (property === 'count') registers.set(encodeNumber(count, value as bigint), 4)
        else if (property === 'running') coils[3] = value as boolean
        else if (property === 'name') registers.set(encodeText(name, value as string), 10)
      },
      cut: async () => server.pause(),
      restore: () => server.resume(),
      end: () => server.close(),
    }
  })
