import {
  applyExponent,
  type Exchange,
  type ExchangeFailure,
  type Exponent,
  encodeRequest,
  expectReply,
  type ModbusRequest,
  type NumberDecoder,
  type ReplyExpectation,
  readExponent,
} from '#modbus'
import { Quality } from '#model'
import type { Columns } from './columns.ts'
import { isBitTable, type PlanBlock } from './plan.ts'
import type { Point, Table } from './point.ts'

/** A scale register of a group, and the cycle in which it was last read. */
export interface ExponentCell {
  exponent: Exponent
  cycle: number
}

/** What a block of the plan is made into: the points by row and the scale registers by cell. */
export interface BlockContents {
  readonly points: readonly { readonly row: number; readonly point: Point }[]
  readonly cells: readonly { readonly at: number; readonly cell: ExponentCell }[]
}

export interface BlockEvents {
  answered(block: Block, bytes: Uint8Array, at: number, length: number, roundTripMs: number): void
  failed(block: Block, failure: ExchangeFailure): void
}

const readFunctions: Readonly<Record<Table, 1 | 2 | 3 | 4>> = { coil: 1, discrete: 2, holding: 3, input: 4 }

export function readRequest(table: Table, address: number, count: number): ModbusRequest {
  return { function: readFunctions[table], address, count } as ModbusRequest
}

/** One request of a cycle with everything compiled that its answers need; sent again each cycle. */
export class Block implements Exchange {
  readonly plan: PlanBlock
  readonly unit: number
  readonly timeoutMs: number
  readonly pdu: Uint8Array
  readonly expected: ReplyExpectation
  /** Cycles in a row in which it had no answer while the device gave others. */
  strikes = 0
  readonly #contents: BlockContents
  readonly #events: BlockEvents
  readonly #rows: Int32Array
  readonly #offsets: Int32Array
  readonly #readers: readonly NumberDecoder[]
  readonly #min: Float64Array
  readonly #max: Float64Array
  readonly #others: BlockContents['points']

  constructor(
    plan: PlanBlock,
    contents: BlockContents,
    options: { unit: number; timeoutMs: number },
    events: BlockEvents,
  ) {
    const request = readRequest(plan.table, plan.at, plan.count)
    this.plan = plan
    this.unit = options.unit
    this.timeoutMs = options.timeoutMs
    this.pdu = encodeRequest(request)
    this.expected = expectReply(request, this.pdu)
    this.#contents = contents
    this.#events = events
    const numbers = contents.points.filter(({ point }) => point.decoder.kind === 'number')
    this.#others = contents.points.filter(({ point }) => point.decoder.kind !== 'number')
    this.#rows = Int32Array.from(numbers, ({ row }) => row)
    this.#offsets = Int32Array.from(numbers, ({ point }) => this.#offsetOf(point.at))
    this.#readers = numbers.map(({ point }) => point.decoder.read as NumberDecoder)
    // The range of a scaled value is looked at when its scale is known.
    this.#min = Float64Array.from(numbers, ({ point }) => (isScaled(point) ? Number.NEGATIVE_INFINITY : point.min))
    this.#max = Float64Array.from(numbers, ({ point }) => (isScaled(point) ? Number.POSITIVE_INFINITY : point.max))
  }

  get rows(): readonly number[] {
    return this.#contents.points.map(({ row }) => row)
  }

  answered(bytes: Uint8Array, at: number, length: number, roundTripMs: number): void {
    this.#events.answered(this, bytes, at, length, roundTripMs)
  }

  failed(failure: ExchangeFailure): void {
    this.#events.failed(this, failure)
  }

  /** Decodes the answer's PDU `bytes[from…]`, come in at `at` (µs), into the columns. */
  decode(bytes: Uint8Array, from: number, at: number, columns: Columns, cycle: number): void {
    const view = isBitTable(this.plan.table)
      ? spread(bytes, from + 2, this.plan.count)
      : new DataView(bytes.buffer, bytes.byteOffset + from + 2, this.plan.count * 2)
    columns.arrived(at)
    this.#decodeNumbers(view, at, columns)
    for (const { row, point } of this.#others) decodeOther(view, this.#offsetOf(point.at), row, point, at, columns)
    for (const { at: register, cell } of this.#contents.cells) {
      cell.exponent = readExponent(view, this.#offsetOf(register))
      cell.cycle = cycle
    }
  }

  #decodeNumbers(view: DataView, at: number, { value, quality, time }: Columns): void {
    const rows = this.#rows
    const offsets = this.#offsets
    const readers = this.#readers
    const min = this.#min
    const max = this.#max
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!
      const number = readers[i]!(view, offsets[i]!)
      time[row] = at
      if (number >= min[i]! && number <= max[i]! && number - number === 0) {
        value[row] = number
        quality[row] = Quality.good
      } else {
        value[row] = Number.isFinite(number) ? number : Number.NaN
        quality[row] = Number.isNaN(number) ? Quality.nullValue : Quality.outOfRange
      }
    }
  }

  #offsetOf(address: number): number {
    return (address - this.plan.at) * (isBitTable(this.plan.table) ? 1 : 2)
  }
}

export const isScaled = (point: Point): boolean => point.scaleAt !== undefined

/** The value of a row once its scale is known, with the quality it then has. */
export function scaled(raw: number, exponent: Exponent, { min, max }: Point): { value: number; quality: number } {
  const value = applyExponent(raw, exponent)
  if (Number.isNaN(value)) return { value, quality: Quality.nullValue }
  if (!Number.isFinite(value)) return { value: Number.NaN, quality: Quality.outOfRange }
  return { value, quality: value >= min && value <= max ? Quality.good : Quality.outOfRange }
}

function decodeOther(view: DataView, offset: number, row: number, point: Point, at: number, columns: Columns): void {
  const { decoder } = point
  switch (decoder.kind) {
    case 'integer':
      decodeInteger(decoder.read(view, offset), row, point, at, columns)
      break
    case 'text':
      placeText(decoder.read(view, offset), row, at, columns)
      break
    case 'state': {
      const code = decoder.read(view, offset)
      placeText(Number.isNaN(code) ? null : decoder.texts.get(code), row, at, columns)
      break
    }
    case 'number':
      break
  }
}

/** `null`: the device has none; `undefined`: a text or code that means nothing. */
function placeText(text: string | null | undefined, row: number, at: number, columns: Columns): void {
  if (typeof text === 'string') columns.text(row, text, at)
  else columns.number(row, Number.NaN, text === null ? Quality.nullValue : Quality.outOfRange, at)
}

const mostInt64 = 2n ** 63n - 1n

function decodeInteger(integer: number | bigint, row: number, { min, max }: Point, at: number, columns: Columns): void {
  if (typeof integer === 'number' && Number.isNaN(integer)) columns.number(row, integer, Quality.nullValue, at)
  // The columns hold signed 64 bits: an unsigned one beyond is no value we could keep.
  else if (integer > mostInt64) columns.number(row, Number.NaN, Quality.outOfRange, at)
  else {
    const quality = integer >= min && integer <= max ? Quality.good : Quality.outOfRange
    if (typeof integer === 'number') columns.number(row, integer, quality, at)
    else columns.integer(row, integer, quality, at)
  }
}

const spreadBits = new DataView(new ArrayBuffer(2000))

/** Packed bits, one byte each, so that all tables are decoded alike. Valid until the next call. */
function spread(bytes: Uint8Array, from: number, count: number): DataView {
  for (let i = 0; i < count; i++) spreadBits.setUint8(i, (bytes[from + (i >> 3)]! >> (i & 7)) & 1)
  return spreadBits
}
