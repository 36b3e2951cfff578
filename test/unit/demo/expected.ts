import type { Machine, RegisterRow } from '#demo'
import type { PropertyDefinition, Value } from '#model'
import type { Plant } from '../../../src/demo/plant/plant.ts'

/** What an address of a profile says, as far as Old Mill uses it. */
interface Address {
  readonly table: 'holding' | 'input' | 'coil' | 'discrete' | 'identification' | 'server-id'
  readonly at: number
  readonly object: number
  readonly bit?: number
  readonly bits?: { readonly from: number; readonly count: number }
  readonly scale?: number
  readonly scaleAt?: number
  readonly enum?: Readonly<Record<string, string>>
}

/** What a property must be, worked out from the device's own fields and none of the decoders of the Modbus library. */
export function expectedOf(machine: Machine, property: PropertyDefinition, plant: Plant): Value {
  const address = property.address as Address
  switch (address.table) {
    case 'identification':
      return machine.identification?.[address.object] ?? null
    case 'server-id':
      return machine.serverId ?? null
    case 'coil':
      return machine.coils!.find(({ at }) => at === address.at)!.get(plant)
    case 'discrete':
      return machine.discrete!.find(({ at }) => at === address.at)!.get(plant)
    default:
      return ofRegisters(machine[address.table] ?? [], address, plant)
  }
}

function ofRegisters(rows: readonly RegisterRow[], address: Address, plant: Plant): Value {
  const wordsAt = (at: number) => {
    const row = rows.find((candidate) => candidate.at === at)!
    const words = row.field.encode(row.get(plant))
    return { words, cell: row.field.decode(words) }
  }
  const { words, cell } = wordsAt(address.at)
  if (cell === null || Number.isNaN(cell)) return null
  if (address.bit !== undefined) return ((words[0]! >> address.bit) & 1) === 1
  if (address.scaleAt !== undefined)
    return int16(words[0]!) * (address.scale ?? 1) * 10 ** Number(wordsAt(address.scaleAt).cell)
  const { bits } = address
  const raw = bits ? (words[0]! >> bits.from) & (2 ** bits.count - 1) : cell
  if (address.enum) return address.enum[String(raw)] ?? null
  // The old meter counts watts in 32 bits; its fields of one register are scaled already.
  if (words.length === 2 && address.scale !== undefined) return Number(raw) * address.scale
  if (typeof raw === 'bigint') return raw > 2n ** 53n ? raw : Number(raw)
  return raw
}

const int16 = (word: number): number => (word << 16) >> 16
