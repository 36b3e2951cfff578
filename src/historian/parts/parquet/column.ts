import { corrupt } from '../../files/corrupt.ts'
import { readDeltas, readDeltasBig } from './delta.ts'
import { PhysicalType } from './footer.ts'
import { countPresent, readDictionary, readPresent } from './hybrid.ts'
import { type ColumnPages, Encoding, type Page, type PageContent } from './pages.ts'
import type { Span } from './span.ts'
import { dictionaryTexts, readTexts } from './texts.ts'

/** Rows of a page that are wanted, and where the values of those that have one stand. */
interface Part {
  readonly page: Page
  readonly content: PageContent
  /** Row of the page. */
  readonly from: number
  readonly rows: number
  /** Values before the first wanted one, and how many are wanted. */
  readonly skip: number
  readonly count: number
  /** Where the rows go. */
  readonly at: number
}

/**
 * One column of one row group, open: its pages are decompressed when they are first asked for, and only the wanted rows are
 * decoded. Every method throws `IW_HISTORIAN_CORRUPT`.
 */
export class Column {
  readonly #pages: ColumnPages
  readonly #type: number
  #dictionary: Float64Array | undefined
  #texts: ((index: number) => string) | undefined

  constructor(pages: ColumnPages, type: number) {
    this.#pages = pages
    this.#type = type
  }

  /** Memory that this holds, at most. */
  get bytes(): number {
    return this.#pages.bytes + (this.#pages.dictionary?.count ?? 0) * 8
  }

  /** Rows `from` on, as many as `out` has room for; rows without a value become NaN. Returns how many have one. */
  numbers(from: number, out: Float64Array): number {
    return this.#each(from, out.length, (part) => {
      this.#dense(part, out)
      if (part.count < part.rows) spread(part, out)
    })
  }

  /** As `numbers`, for 64-bit integers of any size; null where there is no value. Undefined where no row has one. */
  integers(from: number, rows: number): (bigint | null)[] | undefined {
    const out = new Array<bigint | null>(rows).fill(null)
    const found = this.#each(from, rows, (part) => {
      const values = this.#bigDense(part)
      eachPresent(part, (row, index) => {
        out[row] = values[index]!
      })
    })
    return found > 0 ? out : undefined
  }

  /** Texts by row, null where there is none. Undefined where no row has one. */
  texts(from: number, rows: number): (string | null)[] | undefined {
    const out = new Array<string | null>(rows).fill(null)
    const found = this.#each(from, rows, (part) => {
      const values = this.#textDense(part)
      eachPresent(part, (row, index) => {
        out[row] = values[index]!
      })
    })
    return found > 0 ? out : undefined
  }

  /** Calls `read` for each page with wanted rows that have values. Returns how many there are in all. */
  #each(from: number, rows: number, read: (part: Part) => void): number {
    let found = 0
    for (const page of this.#pages.pages) {
      const begin = Math.max(from, page.first)
      const end = Math.min(from + rows, page.first + page.rows)
      if (end <= begin) continue
      const part = partOf(page, begin - page.first, end - begin, begin - from)
      found += part.count
      read(part)
    }
    return found
  }

  /** Puts the values of a part one after another, from where its rows go. */
  #dense({ page, content, skip, count, at }: Part, out: Float64Array): void {
    if (count === 0) return
    const { span, values } = content
    const { encoding } = page
    if (isDictionary(page)) readDictionary(span, values, skip, count, this.#numbersOfDictionary(), out, at)
    else if (encoding === Encoding.plain) readPlain(span, values, this.#type, skip, count, out, at)
    else if (encoding === Encoding.byteStreamSplit && this.#type === PhysicalType.double)
      readSplit(span, values, skip, count, out, at)
    else if (encoding !== Encoding.delta || this.#type === PhysicalType.double) throw unknownEncoding(page)
    else if (!readDeltas(span, values, skip, count, out, at))
      out.set(Float64Array.from(readDeltasBig(span, values, skip, count), Number), at)
  }

  #bigDense({ page, content: { span, values }, skip, count }: Part): BigInt64Array {
    if (count === 0) return new BigInt64Array()
    if (this.#type !== PhysicalType.int64) throw corrupt('a column of integers has another type')
    if (page.encoding === Encoding.delta) return readDeltasBig(span, values, skip, count)
    if (page.encoding === Encoding.plain) return plainBig(span, values, skip, count)
    if (!isDictionary(page)) throw unknownEncoding(page)
    const { dictionary } = this.#pages
    const table = dictionary ? plainBig(dictionary.content(), 0, 0, dictionary.count) : new BigInt64Array()
    return BigInt64Array.from(indices(span, values, skip, count, table.length), (index) => table[index]!)
  }

  #textDense({ page, content: { span, values }, skip, count }: Part): readonly string[] {
    if (count === 0) return []
    if (this.#type !== PhysicalType.bytes) throw corrupt('a column of texts has another type')
    const { dictionary } = this.#pages
    if (isDictionary(page)) {
      const entries = dictionary?.count ?? 0
      this.#texts ??= dictionary ? dictionaryTexts(dictionary.content(), entries) : () => ''
      return Array.from(indices(span, values, skip, count, entries), this.#texts)
    }
    const texts = readTexts(span, values, page.encoding, skip, count)
    if (!texts) throw unknownEncoding(page)
    return texts
  }

  #numbersOfDictionary(): Float64Array {
    if (this.#dictionary) return this.#dictionary
    const { dictionary } = this.#pages
    if (!dictionary) throw corrupt('a column lacks its dictionary')
    const span = dictionary.content()
    checkPlain(span, 0, this.#type, dictionary.count)
    this.#dictionary = new Float64Array(dictionary.count)
    readPlain(span, 0, this.#type, 0, dictionary.count, this.#dictionary, 0)
    return this.#dictionary
  }
}

function partOf(page: Page, from: number, rows: number, at: number): Part {
  const content = page.content()
  const { span, levels } = content
  const skip = levels ? countPresent(span, levels, from) : from
  const count = levels ? countPresent(span, levels, from + rows) - skip : rows
  return { page, content, from, rows, skip, count, at }
}

/** Moves values that stand one after another to their rows; NaN in the others. */
function spread({ content, from, rows, count, at }: Part, out: Float64Array): void {
  const present = new Uint8Array(rows)
  readPresent(content.span, content.levels!, from, present)
  for (let row = rows - 1, next = at + count - 1; row >= 0; row--)
    out[at + row] = present[row] ? out[next--]! : Number.NaN
}

function eachPresent({ content, from, rows, count, at }: Part, put: (row: number, index: number) => void): void {
  const present = new Uint8Array(rows).fill(1)
  if (count < rows) readPresent(content.span, content.levels!, from, present)
  for (let row = 0, index = 0; row < rows; row++) if (present[row]) put(at + row, index++)
}

function* indices(span: Span, from: number, skip: number, count: number, entries: number): Generator<number> {
  const numbers = Float64Array.from({ length: entries }, (_, index) => index)
  const found = new Float64Array(count)
  readDictionary(span, from, skip, count, numbers, found, 0)
  yield* found
}

const isDictionary = ({ encoding }: Page): boolean =>
  encoding === Encoding.dictionary || encoding === Encoding.plainDictionary

const unknownEncoding = (page: Page) => corrupt(`a column has encoding ${page.encoding}, which is not used here`)

const widthOf = (type: number): number => (type === PhysicalType.int32 ? 4 : 8)

function checkPlain(span: Span, from: number, type: number, values: number): void {
  if (type === PhysicalType.bytes) throw corrupt('a column of numbers has texts')
  if (from + values * widthOf(type) > span.end) throw corrupt('values end too early')
}

function readPlain(
  span: Span,
  from: number,
  type: number,
  skip: number,
  count: number,
  out: Float64Array,
  at: number,
): void {
  checkPlain(span, from, type, skip + count)
  const { view } = span
  let position = from + skip * widthOf(type)
  if (type === PhysicalType.double)
    for (let i = 0; i < count; i++, position += 8) out[at + i] = view.getFloat64(position, true)
  else if (type === PhysicalType.int32)
    for (let i = 0; i < count; i++, position += 4) out[at + i] = view.getInt32(position, true)
  else
    for (let i = 0; i < count; i++, position += 8)
      out[at + i] = view.getUint32(position, true) + view.getInt32(position + 4, true) * 0x100000000
}

function plainBig(span: Span, from: number, skip: number, count: number): BigInt64Array {
  if (from + (skip + count) * 8 > span.end) throw corrupt('values end too early')
  return BigInt64Array.from({ length: count }, (_, i) => span.view.getBigInt64(from + (skip + i) * 8, true))
}

/** BYTE_STREAM_SPLIT: the first bytes of all values, then the second ones… */
function readSplit(span: Span, from: number, skip: number, count: number, out: Float64Array, at: number): void {
  const values = (span.end - from) >> 3
  if (skip + count > values) throw corrupt('values end too early')
  const { bytes } = span
  const words = new Uint32Array(out.buffer, out.byteOffset + at * 8, count * 2)
  let a = from + skip
  for (let i = 0; i < count; i++, a++) {
    const b = a + values * 2
    const c = b + values * 2
    const d = c + values * 2
    words[2 * i] = bytes[a]! | (bytes[a + values]! << 8) | (bytes[b]! << 16) | (bytes[b + values]! << 24)
    words[2 * i + 1] = bytes[c]! | (bytes[c + values]! << 8) | (bytes[d]! << 16) | (bytes[d + values]! << 24)
  }
}
