import { ModbusException } from './exception.ts'
import { maxPduBytes, readDeviceIdentification } from './request.ts'

/** First and last object of a category of function 43/14 (Application Protocol V1.1b3 §6.21). */
const categories = { 1: [0, 2], 2: [0, 0x7f], 3: [0, 0xff] } as const

type Objects = Readonly<Record<number, string>> | undefined

/** The reply PDU of function 43/14: as many objects as fit, and where to go on. */
export function identificationReply(
  identification: Objects,
  request: { readonly category: 1 | 2 | 3 | 4; readonly object: number },
): Uint8Array {
  if (!identification) throw new ModbusException(1)
  const all = Object.keys(identification)
    .map(Number)
    .toSorted((a, b) => a - b)
  const wanted = request.category === 4 ? only(all, request.object) : stream(all, request.category, request.object)
  const bytes: number[] = [43, readDeviceIdentification, request.category, conformity(all), 0, 0, 0]
  let taken = 0
  for (const id of wanted) {
    const text = Buffer.from(identification[id]!, 'utf8').subarray(0, maxPduBytes - 9)
    if (bytes.length + 2 + text.length > maxPduBytes) break
    bytes.push(id, text.length, ...text)
    taken++
  }
  bytes[6] = taken
  if (taken < wanted.length) {
    bytes[4] = 0xff
    bytes[5] = wanted[taken]!
  }
  return Uint8Array.from(bytes)
}

function only(all: readonly number[], object: number): readonly number[] {
  if (!all.includes(object)) throw new ModbusException(2)
  return [object]
}

/** "If the Object Id does not match any known object, the server responds as if object 0 were pointed out." */
function stream(all: readonly number[], category: 1 | 2 | 3, object: number): readonly number[] {
  const [first, last] = categories[category]
  const inCategory = all.filter((id) => id >= first && id <= last)
  return inCategory.includes(object) ? inCategory.filter((id) => id >= object) : inCategory
}

/** Stream and individual access, of the widest category there is an object of. */
const conformity = (all: readonly number[]): number =>
  all.some((id) => id >= 0x80) ? 0x83 : all.some((id) => id >= 3) ? 0x82 : 0x81
