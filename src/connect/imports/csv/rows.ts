import type { Dialect } from './dialect.ts'

/** The longest row there may be: longer ones are a quote that nobody closed, or no table. */
export const longestRow = 1024 * 1024
/** The most cells of one row. */
const mostCells = 20_000

const newline = 0x0a
const carriageReturn = 0x0d
const space = 0x20
const tab = 0x09

/** Why a row cannot be split into cells. */
export type RowProblem = 'quote' | 'cells' | 'long'

/**
 * Splits UTF-8 into rows and cells (RFC 4180; also other delimiters, other quotes and lone LF or CR), without making a
 * string or an object for each. After `next()` the cells of the row stand in `start` and `end`.
 */
export class Rows {
  readonly #bytes: Buffer
  readonly #isEnd: boolean
  readonly #delimiter: number
  readonly #quote: number
  readonly #rowEnd: number
  /** Offset of the first byte of each cell, without quotes and outer blanks. */
  start = new Int32Array(64)
  /** Offset behind the last byte of each cell. */
  end = new Int32Array(64)
  /** 1 where the cell stood in quotes, 2 where it holds doubled ones too. */
  quoted = new Uint8Array(64)
  /** Cells of the row. */
  count = 0
  /** Offset of the row. */
  rowStart: number
  /** Offset of the row after it. */
  position: number
  /** Number of its first line, from 1. */
  line: number
  /** Number of the line that `position` begins. */
  nextLine: number
  problem: RowProblem | undefined
  #hasQuotes = false

  /** `isEnd`: nothing follows these bytes, so that the last row needs no line end. */
  constructor(bytes: Buffer, dialect: Dialect, place: { position: number; line: number; isEnd: boolean }) {
    this.#bytes = bytes
    this.#isEnd = place.isEnd
    this.#delimiter = dialect.delimiter.charCodeAt(0)
    this.#quote = dialect.quote === '' ? -1 : dialect.quote.charCodeAt(0)
    this.#rowEnd = dialect.rowEnd === 'cr' ? carriageReturn : newline
    this.rowStart = this.position = place.position
    this.line = this.nextLine = place.line
  }

  /** Goes on to the next row; false where there is none, or not all of it. A bad one has `problem` set. */
  next(): boolean {
    this.rowStart = this.position
    this.line = this.nextLine
    this.count = 0
    this.problem = undefined
    this.#hasQuotes = false
    if (this.position >= this.#bytes.length) return false
    let at = this.position
    for (;;) {
      const after = this.#cell(at)
      if (after < 0) return after === -1 ? this.#bad(this.problem ?? 'long') : false
      if (this.#isRowEnd(after)) return this.#finish(after)
      at = after + 1
    }
  }

  /** Gives up the row as it was split and goes on behind its first line: for a quote that swallowed its successors. */
  takeFirstLineOnly(): void {
    const found = this.#bytes.indexOf(this.#rowEnd, this.rowStart)
    this.position = found < 0 ? this.#bytes.length : found + 1
    this.nextLine = this.line + 1
  }

  get spansLines(): boolean {
    return this.nextLine > this.line + 1
  }

  /** A cell as text, quotes undone. */
  text(cell: number): string {
    if (cell >= this.count) return ''
    const text = this.#bytes.toString('utf8', this.start[cell]!, this.end[cell]!)
    if (this.quoted[cell] !== 2) return text
    const quote = String.fromCharCode(this.#quote)
    return text.replaceAll(quote + quote, quote)
  }

  /** All cells as texts. */
  texts(): string[] {
    return Array.from({ length: this.count }, (_, cell) => this.text(cell))
  }

  /** The row as it stands in the file, at most `most` bytes of it. */
  raw(most: number): string {
    const end = Math.min(this.position, this.rowStart + most)
    return this.#bytes.toString('utf8', this.rowStart, end).replace(/[\r\n]+$/, '')
  }

  get isBlank(): boolean {
    return this.count === 1 && this.start[0] === this.end[0] && this.quoted[0] === 0
  }

  /** Reads one cell; the offset of what ends it, -1 for a bad row, -2 where the bytes end too early. */
  #cell(from: number): number {
    const bytes = this.#bytes
    let at = from
    while (at < bytes.length && (bytes[at] === space || (bytes[at] === tab && this.#delimiter !== tab))) at++
    return bytes[at] === this.#quote && at < bytes.length ? this.#quotedCell(at) : this.#plainCell(at)
  }

  #plainCell(from: number): number {
    const bytes = this.#bytes
    const delimiter = this.#delimiter
    const rowEnd = this.#rowEnd
    const limit = Math.min(bytes.length, this.rowStart + longestRow)
    let at = from
    while (at < limit) {
      const byte = bytes[at]!
      if (byte === delimiter || byte === rowEnd) return this.#add(from, at, at, 0)
      at++
    }
    if (at < bytes.length) return -1
    return this.#isEnd ? this.#add(from, at, at, 0) : -2
  }

  #quotedCell(open: number): number {
    const bytes = this.#bytes
    const quote = this.#quote
    const limit = Math.min(bytes.length, this.rowStart + longestRow)
    let kind = 1
    let at = open + 1
    for (;;) {
      at = bytes.indexOf(quote, at)
      if (at < 0 || at >= limit) return this.#openQuote(limit)
      if (bytes[at + 1] !== quote) break
      kind = 2
      at += 2
    }
    // Whether another quote follows is not known yet.
    if (at + 1 >= bytes.length && !this.#isEnd) return -2
    let after = at + 1
    while (bytes[after] === space || bytes[after] === carriageReturn) {
      if (this.#isRowEnd(after)) break
      after++
    }
    if (after < bytes.length && bytes[after] !== this.#delimiter && !this.#isRowEnd(after)) return this.#fail('quote')
    return this.#add(open + 1, at, after, kind)
  }

  #openQuote(limit: number): number {
    if (limit < this.#bytes.length || this.#isEnd) return this.#fail('quote')
    return limit - this.rowStart >= longestRow ? this.#fail('quote') : -2
  }

  #fail(problem: RowProblem): number {
    this.problem = problem
    return -1
  }

  #isRowEnd(at: number): boolean {
    return at >= this.#bytes.length || this.#bytes[at] === this.#rowEnd
  }

  #add(start: number, end: number, after: number, quoted: number): number {
    if (this.count === mostCells) return this.#fail('cells')
    if (this.count === this.start.length) this.#grow()
    let last = end
    if (quoted === 0) {
      const bytes = this.#bytes
      while (
        last > start &&
        (bytes[last - 1] === space || bytes[last - 1] === carriageReturn || bytes[last - 1] === tab)
      )
        last--
    } else this.#hasQuotes = true
    this.start[this.count] = start
    this.end[this.count] = last
    this.quoted[this.count] = quoted
    this.count++
    return after
  }

  #finish(end: number): boolean {
    this.position = Math.min(this.#bytes.length, end + 1)
    this.nextLine = this.line + 1
    if (this.#hasQuotes) this.nextLine += this.#inner(end)
    return true
  }

  /** Line ends inside the quotes of the row. */
  #inner(end: number): number {
    let lines = 0
    for (let at = this.#bytes.indexOf(this.#rowEnd, this.rowStart); at >= 0 && at < end; lines++)
      at = this.#bytes.indexOf(this.#rowEnd, at + 1)
    return lines
  }

  /** A row that cannot be split ends with its first line. Without a line end in sight there is no going on. */
  #bad(problem: RowProblem): boolean {
    this.problem = problem
    const found = this.#bytes.indexOf(this.#rowEnd, this.rowStart)
    if (found < 0 && !this.#isEnd && problem !== 'long') return false
    this.takeFirstLineOnly()
    return true
  }

  #grow(): void {
    const size = this.start.length * 2
    const start = new Int32Array(size)
    const end = new Int32Array(size)
    const quoted = new Uint8Array(size)
    start.set(this.start)
    end.set(this.end)
    quoted.set(this.quoted)
    this.start = start
    this.end = end
    this.quoted = quoted
  }
}
