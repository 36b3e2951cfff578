import { type ModbusDevice, ModbusException } from '#modbus'
import type { Plant } from '../plant/plant.ts'
import type { BitRow, Machine, RegisterRow } from './machine.ts'

const illegalAddress = 2
const illegalValue = 3

/** A machine's electronics: shows the plant in its registers, and takes what is written to the rows that take it. */
export function createDevice(machine: Machine, plant: Plant): ModbusDevice {
  const registers = { holding: byAddress(machine.holding ?? []), input: byAddress(machine.input ?? []) }
  const bits = { coil: byBitAddress(machine.coils ?? []), discrete: byBitAddress(machine.discrete ?? []) }
  const maxRegisters = machine.maxRegisters ?? 125
  return {
    read: (table, address, count) =>
      Array.from({ length: count }, (_, index) => found(bits[table], address + index).get(plant)),
    readRegisters(table, address, count) {
      if (count > maxRegisters) throw new ModbusException(illegalValue)
      return readRows(registers[table], plant, address, count)
    },
    writeCoils(address, values) {
      const rows = values.map((_, index) => found(bits.coil, address + index))
      if (rows.some((row) => !row.set)) throw new ModbusException(illegalAddress)
      for (const [index, row] of rows.entries()) row.set?.(plant, values[index]!)
    },
    writeRegisters: (address, values) => writeRows(registers.holding, plant, address, values),
    ...(machine.identification && { identification: machine.identification }),
    ...(machine.serverId !== undefined && {
      serverId: { id: new TextEncoder().encode(machine.serverId), running: true },
    }),
  }
}

/** A row and which of its words stands at the address. */
interface Place {
  readonly row: RegisterRow
  readonly word: number
}

function byAddress(rows: readonly RegisterRow[]): ReadonlyMap<number, Place> {
  const places = new Map<number, Place>()
  for (const row of rows)
    for (let word = 0; word < row.field.words; word++) {
      if (places.has(row.at + word)) throw new Error(`two rows at address ${row.at + word}`)
      places.set(row.at + word, { row, word })
    }
  return places
}

const byBitAddress = (rows: readonly BitRow[]): ReadonlyMap<number, BitRow> => new Map(rows.map((row) => [row.at, row]))

function found<T>(map: ReadonlyMap<number, T>, address: number): T {
  const row = map.get(address)
  if (row === undefined) throw new ModbusException(illegalAddress)
  return row
}

/** Each row is encoded once, so that its words belong to one value. */
function readRows(places: ReadonlyMap<number, Place>, plant: Plant, address: number, count: number): Uint16Array {
  const words = new Uint16Array(count)
  let encodedRow: RegisterRow | undefined
  let encoded: readonly number[] = []
  for (let index = 0; index < count; index++) {
    const { row, word } = found(places, address + index)
    if (row !== encodedRow) {
      encoded = row.field.encode(row.get(plant))
      encodedRow = row
    }
    words[index] = encoded[word]!
  }
  return words
}

/** All rows touched must take writes; a value written in part keeps its other words. All or nothing. */
function writeRows(places: ReadonlyMap<number, Place>, plant: Plant, address: number, values: Uint16Array): void {
  const wanted = new Map<RegisterRow, number[]>()
  values.forEach((value, index) => {
    const { row, word } = found(places, address + index)
    if (!row.set) throw new ModbusException(illegalAddress)
    const words = wanted.get(row) ?? [...row.field.encode(row.get(plant))]
    words[word] = value
    wanted.set(row, words)
  })
  for (const [row, words] of wanted)
    if (row.set?.(plant, row.field.decode(words)) === false) throw new ModbusException(illegalValue)
}
