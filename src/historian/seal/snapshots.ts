import { crc32 } from 'node:zlib'
import type { Tag } from '#model'
import { corrupt } from '../files/corrupt.ts'
import { decodeChecked, encodeChecked, packed, unpacked } from '../files/whole-file.ts'
import { LastValues, type SideValue, slotNumbers } from '../head/last-values.ts'
import { checkTags } from '../journal/tags-block.ts'

const tagsKind = 'IWTAGS-1'

/** All tags there are, as one file. */
export const encodeTagSnapshot = (tags: readonly Tag[]): Uint8Array => packed(encodeChecked(tagsKind, tags))

export const decodeTagSnapshot = (bytes: Uint8Array, file: string): readonly Tag[] =>
  checkTags(decodeChecked(tagsKind, unpacked(bytes, file), file), file)

/*
 * Last values: "IWLAST\0\x01" · u32 CRC32 of what follows · u32 slots · u32 bytes of JSON · u32 0 · slots of 8 f64, by tag id
 * from 0 · JSON of the values that are not numbers. All of it packed.
 */
const signature = Buffer.from('IWLAST\0\x01', 'latin1')
const headerBytes = 24
const slotBytes = slotNumbers * 8

interface Sides {
  readonly side: Record<string, string | { int: string }>
  readonly good: Record<string, string | { int: string }>
}

/** The table of last values, for tags up to `highest`. */
export function encodeLastValues(values: LastValues, highest: number): Uint8Array {
  values.reserve(highest)
  const slots = values.slots.subarray(0, (highest + 1) * slotNumbers)
  const json = Buffer.from(JSON.stringify({ side: writeSides(values.side), good: writeSides(values.goodSide) }))
  const bytes = Buffer.alloc(headerBytes + slots.byteLength + json.length)
  signature.copy(bytes)
  bytes.writeUInt32LE(highest + 1, 12)
  bytes.writeUInt32LE(json.length, 16)
  bytes.set(new Uint8Array(slots.buffer, slots.byteOffset, slots.byteLength), headerBytes)
  json.copy(bytes, headerBytes + slots.byteLength)
  bytes.writeUInt32LE(crc32(bytes.subarray(12)), 8)
  return packed(bytes)
}

/** Throws `IW_HISTORIAN_CORRUPT`. */
export function decodeLastValues(content: Uint8Array, file: string): LastValues {
  const bytes = unpacked(content, file)
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.length < headerBytes || !view.subarray(0, 8).equals(signature)) throw corrupt('holds no last values', file)
  if (crc32(view.subarray(12)) !== view.readUInt32LE(8)) throw corrupt('the last values are damaged', file)
  const slots = view.readUInt32LE(12)
  const jsonAt = headerBytes + slots * slotBytes
  if (slots < 1 || jsonAt + view.readUInt32LE(16) !== view.length) throw corrupt(`has ${view.length} bytes`, file)
  const values = new LastValues()
  values.reserve(slots - 1)
  values.slots.set(new Float64Array(view.buffer.slice(view.byteOffset + headerBytes, view.byteOffset + jsonAt)))
  const { side, good } = readJson(view.subarray(jsonAt), file)
  readSides(side, values.side)
  readSides(good, values.goodSide)
  return values
}

const writeSides = (sides: ReadonlyMap<number, SideValue>) =>
  Object.fromEntries([...sides].map(([tag, value]) => [tag, typeof value === 'bigint' ? { int: `${value}` } : value]))

function readSides(from: Sides['side'], to: Map<number, SideValue>): void {
  for (const [tag, value] of Object.entries(from))
    to.set(Number(tag), typeof value === 'string' ? value : BigInt(value.int))
}

function readJson(bytes: Buffer, file: string): Sides {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    throw corrupt('the last texts are not JSON', file)
  }
}
