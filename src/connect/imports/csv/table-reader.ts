import type { ValueType } from '#model'
import { maxTextBytes, Quality } from '#model/readings'
import { GrowingColumns, type ReadingColumns } from '../reading-columns.ts'
import type { RejectedRow, RejectReason } from '../rejected.ts'
import { type DecodedText, decodeText } from './encoding.ts'
import { parseInteger, parseNumber } from './numbers.ts'
import type { CsvPlan, KnownSeries, ReadingColumn, WantedSeries } from './plan.ts'
import { Rows } from './rows.ts'
import { type TimeOrder, TimeReader } from './times.ts'
import { addSeen, noneSeen, type SeenValues, typeOfSeen } from './value-types.ts'
import { isNoValue, parseBoolean, parseQuality } from './words.ts'

/** Bytes of a file, from `offset` on. */
export interface Chunk {
  readonly bytes: Uint8Array
  /** Of the first byte in the file: a row begins there. */
  readonly offset: number
  /** Number of the line that begins there. */
  readonly line: number
  /** Whether the file ends with these bytes. */
  readonly isEnd: boolean
}

/**
 * Rows that begin in one stretch of `blockBytes` of the file. What is in a block hangs on the file and the plan alone,
 * not on how it was sent: so its number identifies it.
 */
export interface Block {
  /** From 1. */
  readonly number: number
  /** Where the next block begins, and the line that begins there. */
  readonly end: number
  readonly nextLine: number
  readonly columns: ReadingColumns
  /** Rows taken. */
  readonly rows: number
  readonly rejected: readonly RejectedRow[]
  /** Blank lines and repeated headers. */
  readonly passedOver: number
  /** The earliest and the latest time, µs; NaN without rows. */
  readonly from: number
  readonly to: number
  /** Of hours that occur twice, to be handed to the reader of the next chunk. */
  readonly inDoubt: ReadonlyMap<string, number>
  /** Why nothing after this block can be read. */
  readonly stop?: { readonly line: number; readonly message: string }
}

const blockBytes = 256 * 1024
const headroom = 1.05

type Taken = Extract<KnownSeries, { tag: number }>

/** Reads a chunk of a CSV file block by block. */
export class TableReader {
  readonly #plan: CsvPlan
  readonly #chunk: Chunk
  readonly #text: DecodedText
  readonly #rows: Rows
  readonly #times: TimeReader
  readonly #order: { readonly descending: boolean; readonly inDoubt: Map<string, number> }
  readonly #known: Map<string, KnownSeries>
  /** By place in `plan.wide`. */
  #wide: (KnownSeries | undefined)[] = []

  // The block under way.
  #columns = new GrowingColumns(0)
  /** Readings of the block before: the next will have about as many. */
  #expected = 4_000
  #rejected: RejectedRow[] = []
  #wanted = new Map<string, { series: Omit<WantedSeries, 'type'>; seen: SeenValues; type: ValueType | undefined }>()
  #lastTimeText = ''
  #lastTime = Number.NaN

  /** `known` is shared by the readers of one import, and grows. */
  constructor(plan: CsvPlan, chunk: Chunk, known: Map<string, KnownSeries>, inDoubt: ReadonlyMap<string, number>) {
    this.#plan = plan
    this.#chunk = chunk
    this.#known = known
    const { bytes, offset, line, isEnd } = chunk
    const mark = offset === 0 ? plan.encoding.mark : 0
    this.#text = decodeText(bytes.subarray(mark), plan.encoding.name, plan.dialect.rowEnd, isEnd)
    this.#rows = new Rows(this.#text.bytes, plan.dialect, { position: 0, line, isEnd })
    this.#order = { descending: plan.time.descending, inDoubt: new Map(inDoubt) }
    this.#times = new TimeReader(plan.time.format, plan.time.zone, this.#order satisfies TimeOrder)
    this.#chunkMark = mark
    this.#know()
  }

  readonly #chunkMark: number

  /** Tells what series are that `next` wanted. */
  know(series: readonly KnownSeries[]): void {
    for (const one of series) this.#known.set(one.key, one)
    this.#know()
  }

  #know(): void {
    this.#wide = (this.#plan.wide ?? []).map(({ index }) => this.#known.get(wideKey(index)))
  }

  /** The next block; or the series it needs to know first; undefined where the chunk holds no further whole block. */
  next(): Block | readonly WantedSeries[] | undefined {
    const rows = this.#rows
    const from = { position: rows.position, line: rows.nextLine, inDoubt: new Map(this.#order.inDoubt) }
    const start = this.#offset(rows.position, rows.nextLine)
    if (start >= this.#chunk.offset + this.#chunk.bytes.length) return undefined
    const number = Math.floor(start / blockBytes) + 1
    this.#wanted = new Map()
    const block = this.#read(number)
    if (!block || this.#wanted.size > 0) this.#goBack(from)
    if (!block || this.#wanted.size === 0) return block
    return [...this.#wanted.values()].map(({ series, seen, type }) => ({
      ...series,
      type: type ?? typeOfSeen(seen) ?? ('number' as const),
    }))
  }

  #goBack({ position, line, inDoubt }: { position: number; line: number; inDoubt: ReadonlyMap<string, number> }): void {
    this.#rows.position = position
    this.#rows.nextLine = line
    this.#order.inDoubt.clear()
    for (const [key, time] of inDoubt) this.#order.inDoubt.set(key, time)
    this.#lastTimeText = ''
  }

  #read(number: number): Block | undefined {
    const rows = this.#rows
    const limit = number * blockBytes
    this.#columns = new GrowingColumns(Math.ceil(this.#expected * headroom))
    this.#rejected = []
    const counts = { rows: 0, passedOver: 0, from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY }
    let end = this.#offset(rows.position, rows.nextLine)
    let stop: Block['stop']
    while (end < limit) {
      if (!rows.next()) {
        if (!this.#chunk.isEnd) return undefined
        break
      }
      if (rows.line <= this.#plan.skipLines || rows.isBlank) counts.passedOver++
      else {
        const time = this.#row()
        if (time === 'header') counts.passedOver++
        else if (time === 'other header') stop = { line: rows.line, message: this.#otherHeader() }
        else if (!Number.isNaN(time)) {
          counts.rows++
          if (time < counts.from) counts.from = time
          if (time > counts.to) counts.to = time
        }
      }
      if (stop) break
      end = this.#offset(rows.position, rows.nextLine)
    }
    const { from, to } = counts
    this.#expected = this.#columns.count
    return {
      number,
      end,
      nextLine: stop ? rows.line : rows.nextLine,
      columns: this.#columns.take(),
      rejected: this.#rejected,
      ...counts,
      from: counts.rows > 0 ? from : Number.NaN,
      to: counts.rows > 0 ? to : Number.NaN,
      inDoubt: new Map(this.#order.inDoubt),
      ...(stop && { stop }),
    }
  }

  #offset(position: number, line: number): number {
    const lines = line - this.#chunk.line
    return (
      this.#chunk.offset + this.#chunkMark * Number(lines > 0 || position > 0) + this.#text.rawOffset(position, lines)
    )
  }

  /** Takes one row; its time, NaN where it is rejected. */
  #row(): number | 'header' | 'other header' {
    const rows = this.#rows
    const { header, hasHeader } = this.#plan
    this.#failedAtTime = false
    if (rows.problem) return this.#reject(rows.problem === 'cells' ? 'cells' : 'quote', problemTexts[rows.problem])
    if (!this.#fits(header.length)) {
      if (rows.spansLines) rows.takeFirstLineOnly()
      else if (hasHeader && this.#isHeader()) return 'other header'
      return this.#reject('cells', `${rows.count} cells where the header has ${header.length}`)
    }
    const from = this.#columns.count
    const at = this.#plan.long ? this.#longRow() : this.#wideRow()
    if (!Number.isNaN(at)) return at
    this.#columns.cut(from)
    if (hasHeader && this.#failedAtTime && this.#isHeader()) {
      this.#rejected.pop()
      return this.#isSameHeader() ? 'header' : 'other header'
    }
    return Number.NaN
  }

  #failedAtTime = false

  #fits(width: number): boolean {
    const rows = this.#rows
    if (rows.count < width) return false
    for (let cell = width; cell < rows.count; cell++) if (rows.start[cell] !== rows.end[cell]) return false
    return true
  }

  #time(series: string): number {
    const [first, second] = this.#plan.time.columns
    const rows = this.#rows
    const text = second === undefined ? rows.text(first!) : `${rows.text(first!)} ${rows.text(second)}`
    this.#failedAtTime = false
    if (text === this.#lastTimeText) return this.#lastTime
    const time = this.#times.read(text, series)
    if (Number.isNaN(time)) {
      this.#failedAtTime = true
      const isSkipped = this.#times.problem === 'skipped'
      const why = isSkipped ? `is skipped by the clocks of ${this.#plan.time.zone}` : 'is not a time as the others are'
      return this.#reject(isSkipped ? 'skipped_hour' : 'time', `"${shown(text)}" ${why}`, first, text)
    }
    this.#lastTimeText = this.#order.inDoubt.size > 0 ? '' : text
    this.#lastTime = time
    return time
  }

  #wideRow(): number {
    const time = this.#time('')
    if (Number.isNaN(time)) return time
    const quality = this.#quality()
    if (quality < 0) return Number.NaN
    const columns = this.#plan.wide!
    for (let place = 0; place < columns.length; place++) {
      const { index } = columns[place]!
      if (this.#rows.start[index] === this.#rows.end[index]) continue
      const series = this.#wide[place]
      if (!series) this.#want(wideWanted(columns[place]!), columns[place]!.type, index)
      else if (!this.#add(series, index, time, quality)) return Number.NaN
    }
    return time
  }

  #longRow(): number {
    const { thingColumn, thing = '', propertyColumn, valueColumn, unitColumn } = this.#plan.long!
    const rows = this.#rows
    const owner = thingColumn === undefined ? thing : rows.text(thingColumn)
    const property = rows.text(propertyColumn)
    const unit = unitColumn === undefined ? '' : rows.text(unitColumn)
    const key = `${owner}\n${property}\n${unit}`
    const time = this.#time(key)
    if (Number.isNaN(time)) return time
    if (property === '' || owner === '')
      return this.#reject('series', 'the row does not say what it is a reading of', propertyColumn)
    const quality = this.#quality()
    if (quality < 0) return Number.NaN
    const series = this.#known.get(key)
    const isEmpty = rows.start[valueColumn] === rows.end[valueColumn]
    if (!series) {
      this.#want({ key, thing: owner, property, ...(unit !== '' && { unit }) }, undefined, valueColumn)
      return time
    }
    if (isEmpty) {
      // An empty value with a quality that is not good is a reading: there was none.
      if (quality === Quality.good || !('tag' in series)) return time
      this.#columns.addNumber(series.tag, time, Number.NaN, quality)
      return time
    }
    return this.#add(series, valueColumn, time, quality) ? time : Number.NaN
  }

  #quality(): number {
    const { qualityColumn, opcQuality } = this.#plan
    if (qualityColumn === undefined) return Quality.good
    const text = this.#rows.text(qualityColumn)
    const quality = parseQuality(text, opcQuality)
    if (quality !== undefined) return quality
    this.#reject('quality', `"${shown(text)}" is not a quality`, qualityColumn, text)
    return -1
  }

  #want(series: Omit<WantedSeries, 'type'>, type: ValueType | undefined, cell: number): void {
    const wanted = this.#wanted.get(series.key) ?? { series, seen: noneSeen(), type }
    this.#wanted.set(series.key, wanted)
    if (type === undefined) addSeen(wanted.seen, this.#rows.text(cell), this.#plan.numbers)
  }

  /** Adds one cell; false where it does not fit its type. */
  #add(series: KnownSeries, cell: number, time: number, quality: number): boolean {
    if ('refusal' in series) return this.#refuse('series', series.refusal, cell)
    switch (series.type) {
      case 'number':
        return this.#addNumber(series, cell, time, quality)
      case 'integer':
        return this.#addInteger(series, cell, time, quality)
      case 'boolean':
        return this.#addBoolean(series, cell, time, quality)
      case 'string':
        return this.#addText(series, cell, time, quality)
    }
  }

  #addNumber({ tag, factor, shift }: Taken, cell: number, time: number, quality: number): boolean {
    const rows = this.#rows
    const value = parseNumber(this.#text.bytes, rows.start[cell]!, rows.end[cell]!, this.#plan.numbers)
    if (value === undefined) return this.#addNothing(tag, cell, time, 'number', 'is not a number')
    const converted = factor === 1 && shift === 0 ? value : value * factor + shift
    const worst = Number.isFinite(value) ? quality : Math.max(quality, Quality.outOfRange)
    this.#columns.addNumber(tag, time, converted, worst)
    return true
  }

  #addInteger({ tag }: Taken, cell: number, time: number, quality: number): boolean {
    const rows = this.#rows
    const value = parseInteger(this.#text.bytes, rows.start[cell]!, rows.end[cell]!, this.#plan.numbers)
    if (value === undefined) return this.#addNothing(tag, cell, time, 'integer', 'is not a whole number of 64 bits')
    if (typeof value === 'bigint') this.#columns.addInteger(tag, time, value, quality)
    else this.#columns.addNumber(tag, time, value, quality)
    return true
  }

  #addBoolean({ tag }: Taken, cell: number, time: number, quality: number): boolean {
    const value = parseBoolean(this.#rows.text(cell))
    if (value === undefined) return this.#addNothing(tag, cell, time, 'boolean', 'is neither true nor false')
    this.#columns.addNumber(tag, time, value ? 1 : 0, quality)
    return true
  }

  #addText({ tag }: Taken, cell: number, time: number, quality: number): boolean {
    const text = this.#rows.text(cell)
    if (text.includes('\ufffd'))
      return this.#refuse('text', `"${shown(text)}" is not ${this.#plan.encoding.name}`, cell)
    if (text.length > maxTextBytes / 4 && Buffer.byteLength(text) > maxTextBytes)
      return this.#refuse('text', `a text of more than ${maxTextBytes} bytes`, cell)
    this.#columns.addText(tag, time, text, quality)
    return true
  }

  /** A cell that is no value of its type: a word for "none", or the row is rejected. */
  #addNothing(tag: number, cell: number, time: number, reason: RejectReason, why: string): boolean {
    const text = this.#rows.text(cell)
    if (!isNoValue(text)) return this.#refuse(reason, `"${shown(text)}" ${why}`, cell)
    this.#columns.addNumber(tag, time, Number.NaN, Quality.nullValue)
    return true
  }

  #refuse(reason: RejectReason, message: string, cell: number): boolean {
    this.#reject(reason, message, cell, this.#rows.text(cell))
    return false
  }

  #reject(reason: RejectReason, message: string, cell?: number, value?: string): number {
    this.#rejected.push({
      line: this.#rows.line,
      reason,
      message,
      ...(cell !== undefined && { column: this.#plan.header[cell] ?? `#${cell + 1}` }),
      ...(value !== undefined && { value: value.slice(0, 200) }),
      row: this.#rows.raw(1_000),
    })
    return Number.NaN
  }

  /** Whether the row names columns instead of holding values: at least half of its cells are names of the header. */
  #isHeader(): boolean {
    const texts = this.#rows.texts()
    const names = new Set(this.#plan.header)
    const named = texts.filter((text) => names.has(text)).length
    return named >= 1 && named * 2 >= texts.length
  }

  #isSameHeader(): boolean {
    return this.#plan.header.every((name, cell) => this.#rows.text(cell) === name)
  }

  #otherHeader(): string {
    const texts = this.#rows.texts()
    return `From line ${this.#rows.line} on the file has other columns: ${shown(texts.join(', '))} instead of ${shown(this.#plan.header.join(', '))}`
  }
}

const problemTexts = {
  quote: 'a quote is not closed, or something stands behind it',
  cells: 'more than 20,000 cells',
  long: 'longer than 1 MiB',
} as const

const shown = (text: string): string => (text.length > 120 ? `${text.slice(0, 120)}…` : text)

/** The key of a column of a wide table. */
export const wideKey = (index: number): string => `#${index}`

export const wideWanted = ({ index, header, thing, property, unit }: ReadingColumn): Omit<WantedSeries, 'type'> => ({
  key: wideKey(index),
  thing,
  property,
  ...(unit !== undefined && { unit }),
  ...(header !== property && header !== '' && { title: header.slice(0, 200) }),
})
