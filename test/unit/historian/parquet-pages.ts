import { zstdCompressSync } from 'node:zlib'
import { Codec, PhysicalType } from '../../../src/historian/parts/parquet/footer.ts'
import { Encoding } from '../../../src/historian/parts/parquet/pages.ts'

/** A value of a column; null where there is none. Integers are bigint. */
export type Cell = number | bigint | string | null

export interface PageLook {
  readonly encoding: number
  readonly version: 1 | 2
  /** Deltas: miniblocks in a block, and values in a miniblock. */
  readonly minis: number
  readonly mini: number
}

/** Writes a column chunk as parquet-format says, with what DuckDB does not do: many pages, version 2, mixed encodings. */
export function columnChunk(
  cells: readonly Cell[],
  type: number,
  codec: number,
  pages: readonly (PageLook & { readonly rows: number })[],
  random: () => number,
): Buffer {
  const entries = distinct(cells.filter((cell) => cell !== null))
  const pieces: Buffer[] = []
  if (pages.some(({ encoding }) => encoding === Encoding.dictionary)) {
    const content = plain(entries, type)
    pieces.push(page(content, Buffer.alloc(0), codec, [field(7, 12, struct([i32(1, entries.length), i32(2, 0)]))], 2))
  }
  let first = 0
  for (const { rows, ...look } of pages) {
    const own = cells.slice(first, first + rows)
    first += rows
    const present = own.filter((cell) => cell !== null)
    const levels = hybrid(
      own.map((cell) => (cell === null ? 0 : 1)),
      1,
      random,
    )
    const values = encoded(present, type, look, entries, random)
    pieces.push(
      look.version === 1 ? pageV1(levels, values, own.length, look, codec) : pageV2(levels, values, own, look, codec),
    )
  }
  return Buffer.concat(pieces)
}

/** Each once; a set would not tell -0 from 0. */
function distinct(cells: readonly Cell[]): readonly Cell[] {
  const zero = cells.some((cell) => Object.is(cell, -0)) ? [-0] : []
  return [...zero, ...new Set(cells.filter((cell) => !Object.is(cell, -0)))]
}

function pageV1(levels: Buffer, values: Buffer, rows: number, { encoding }: PageLook, codec: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(levels.length)
  const header = struct([i32(1, rows), i32(2, encoding), i32(3, 3), i32(4, 3)])
  return page(Buffer.concat([length, levels, values]), Buffer.alloc(0), codec, [field(5, 12, header)], 0)
}

function pageV2(levels: Buffer, values: Buffer, own: readonly Cell[], { encoding }: PageLook, codec: number): Buffer {
  const nulls = own.filter((cell) => cell === null).length
  const numbers = [own.length, nulls, own.length, encoding, levels.length, 0]
  const header = struct(numbers.map((number, at) => i32(at + 1, number)))
  return page(values, levels, codec, [field(8, 12, header)], 3)
}

function page(content: Buffer, levels: Buffer, codec: number, more: readonly Field[], type: number): Buffer {
  const packed = codec === Codec.zstd ? zstdCompressSync(content) : content
  const sizes = [i32(1, type), i32(2, levels.length + content.length), i32(3, levels.length + packed.length)]
  return Buffer.concat([struct([...sizes, ...more]), levels, packed])
}

type Field = readonly [id: number, type: number, bytes: Buffer]
const field = (id: number, type: number, bytes: Buffer): Field => [id, type, bytes]
const i32 = (id: number, value: number): Field => [id, 5, varint(BigInt(value) * 2n)]

function struct(fields: readonly Field[]): Buffer {
  const pieces: Buffer[] = []
  let before = 0
  for (const [id, type, bytes] of fields) {
    pieces.push(Buffer.of(((id - before) << 4) | type), bytes)
    before = id
  }
  return Buffer.concat([...pieces, Buffer.of(0)])
}

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128)
  return Buffer.from([...bytes, Number(value)])
}

const zigZag = (value: bigint): Buffer => varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)))

function encoded(
  values: readonly Exclude<Cell, null>[],
  type: number,
  look: PageLook,
  entries: readonly Cell[],
  random: () => number,
): Buffer {
  switch (look.encoding) {
    case Encoding.dictionary: {
      const width = Math.max(1, Math.ceil(Math.log2(entries.length + 1)))
      const indices = values.map((value) => entries.findIndex((entry) => Object.is(entry, value)))
      return Buffer.concat([Buffer.of(width), hybrid(indices, width, random)])
    }
    case Encoding.delta:
      return deltas(values.map(BigInt), look)
    case Encoding.deltaLength: {
      const texts = values.map((value) => Buffer.from(String(value)))
      return Buffer.concat([
        deltas(
          texts.map(({ length }) => BigInt(length)),
          look,
        ),
        ...texts,
      ])
    }
    case Encoding.byteStreamSplit: {
      const bytes = plain(values, type)
      return Buffer.from(bytes.map((_, at) => bytes[(at % values.length) * 8 + Math.floor(at / values.length)]!))
    }
    default:
      return plain(values, type)
  }
}

function plain(values: readonly Cell[], type: number): Buffer {
  return Buffer.concat(values.map((value) => plainOne(value, type)))
}

function plainOne(value: Cell, type: number): Buffer {
  const bytes = Buffer.alloc(type === PhysicalType.int32 ? 4 : 8)
  if (type === PhysicalType.double) bytes.writeDoubleLE(Number(value))
  else if (type === PhysicalType.int32) bytes.writeInt32LE(Number(value))
  else if (type === PhysicalType.int64) bytes.writeBigInt64LE(BigInt(value!))
  else {
    const text = Buffer.from(String(value))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(text.length)
    return Buffer.concat([length, text])
  }
  return bytes
}

/** The RLE / bit-packing hybrid, in runs of either kind as chance will have it. */
function hybrid(values: readonly number[], width: number, random: () => number): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < values.length; ) {
    let same = 1
    while (at + same < values.length && values[at + same] === values[at]) same++
    if (random() < 0.5) {
      const length = Math.max(1, Math.ceil(same * random()))
      const value = Buffer.alloc(4)
      value.writeUInt32LE(values[at]!)
      pieces.push(varint(BigInt(length) * 2n), value.subarray(0, (width + 7) >> 3))
      at += length
    } else {
      // A packed run holds whole groups of eight; only the last one may be filled up.
      const groups = Math.min(1 + Math.floor(random() * 20), Math.floor((values.length - at) / 8)) || 1
      const own = values.slice(at, at + groups * 8)
      pieces.push(varint(BigInt(groups) * 2n + 1n), packed(own.map(BigInt), width, groups * 8))
      at += own.length
    }
  }
  return Buffer.concat(pieces)
}

function packed(values: readonly bigint[], width: number, count: number): Buffer {
  const bytes = Buffer.alloc((count * width) / 8)
  for (const [at, value] of values.entries())
    for (let bit = 0; bit < width; bit++) {
      const to = at * width + bit
      if ((value >> BigInt(bit)) & 1n) bytes[to >> 3]! |= 1 << (to & 7)
    }
  return bytes
}

/** DELTA_BINARY_PACKED, of 64-bit integers. */
function deltas(values: readonly bigint[], { minis, mini }: Pick<PageLook, 'minis' | 'mini'>): Buffer {
  const pieces = [
    varint(BigInt(minis * mini)),
    varint(BigInt(minis)),
    varint(BigInt(values.length)),
    zigZag(values[0] ?? 0n),
  ]
  const steps = values.slice(1).map((value, at) => BigInt.asIntN(64, value - values[at]!))
  for (let at = 0; at < steps.length; at += minis * mini)
    pieces.push(deltaBlock(steps.slice(at, at + minis * mini), minis, mini))
  return Buffer.concat(pieces)
}

function deltaBlock(steps: readonly bigint[], minis: number, mini: number): Buffer {
  const least = steps.reduce((a, b) => (b < a ? b : a))
  const widths: number[] = []
  const blocks: Buffer[] = []
  for (let at = 0; at < minis * mini; at += mini) {
    const own = steps.slice(at, at + mini).map((step) => BigInt.asUintN(64, step - least))
    const largest = own.reduce((a, b) => (b > a ? b : a), 0n)
    const width = largest === 0n ? 0 : largest.toString(2).length
    widths.push(width)
    if (own.length > 0) blocks.push(packed(own, width, mini))
  }
  return Buffer.concat([zigZag(least), Buffer.from(widths), ...blocks])
}
