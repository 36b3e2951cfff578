import { isUtf8 } from 'node:buffer'
import { type ErrorCode, failure, latestTime } from '#kernel'
import { maxTextBytes } from '#model'
import {
  backslash,
  carriageReturn,
  comma,
  dot,
  equals,
  hash,
  isDelimiter,
  letterI,
  letterU,
  minus,
  newline,
  plus,
  quote,
  space,
  tab,
  zero,
} from './bytes.ts'
import { Columns } from './columns.ts'
import { afterBadLine, closingQuote, linesIn, nextLine } from './line-ends.ts'
import { exactDigits, microsecondsPer, parseFloatText, parseIntegerText, parseTime, powersOfTen } from './number.ts'
import { finishHash, hashByte, hashStart, type SeriesTable } from './series-table.ts'
import { denialKey, type RejectedLine, type Slice, type SliceOptions, type Unknown } from './slice.ts'

const rejectedShown = 100
/** With so many new series a slice ends early: making them costs more than reading them. */
const unknownPerSlice = 250

/**
 * Parses InfluxDB line protocol from bytes to columns without a string for each line. Methods return the offset at which to
 * go on, or -1 after setting `#problem`.
 */
export class LineParser {
  readonly #body: Buffer
  readonly #end: number
  readonly #table: SeriesTable
  readonly #options: SliceOptions
  readonly #columns: Columns

  #accepted = 0
  readonly #rejected: RejectedLine[] = []
  #rejectedCount = 0
  #sample: Uint8Array | undefined
  readonly #unknown = new Map<string, Unknown>()

  /** The last byte at which no scan for a line's end runs out of the body. */
  readonly #lastNewline: number
  /** µs in one unit of the times sent; 0 for nanoseconds, which are read apart. */
  readonly #timeUnit: number

  // The line under way.
  #lineNumber: number
  #spansLines = false
  #series = -1
  #keyEnd = 0
  #field = -1
  #nameStart = 0
  #missing: { name: Uint8Array; kind: number }[] = []
  #problem = ''
  #problemCode: ErrorCode = 'IW_CONNECT_LINE_PROTOCOL'

  // The value just read.
  #kind = 0
  #number = 0
  #integer: bigint | undefined
  #text = ''

  constructor(body: Uint8Array, table: SeriesTable, options: SliceOptions) {
    this.#body = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    this.#end = body.byteLength
    this.#table = table
    this.#options = options
    this.#columns = new Columns(Math.max(16, options.expectedRows))
    this.#lastNewline = body.lastIndexOf(newline)
    this.#timeUnit = options.precision === 'ns' ? 0 : microsecondsPer[options.precision]
    this.#lineNumber = options.line
  }

  parse(): Slice {
    let at = this.#options.start
    const end = Math.min(this.#options.softEnd, this.#end)
    while (at < end && this.#unknown.size < unknownPerSlice) {
      const next = this.#usualLine(at)
      if (next >= 0) {
        this.#accepted++
        this.#lineNumber++
        at = next
      } else at = this.#anyLine(at)
    }
    return {
      columns: this.#columns,
      accepted: this.#accepted,
      rejected: this.#rejected,
      rejectedCount: this.#rejectedCount,
      ...(this.#sample && { sample: this.#sample }),
      unknown: this.#unknown,
      next: at,
      nextLine: this.#lineNumber,
    }
  }

  /**
   * A line as machines send it: a known series, its fields in the order learned, plain decimals and integers, a time, no
   * escapes. Everything in one function and no look at the end of the body, because this is where the time goes. Returns -1,
   * having changed nothing, for any other line: `#line` knows them all.
   */
  #usualLine(start: number): number {
    if (start > this.#lastNewline) return -1
    const body = this.#body
    const table = this.#table
    const columns = this.#columns
    let digest = hashStart
    let at = start
    let byte = body[at]!
    while (byte !== space) {
      if (byte === newline || byte === backslash) return -1
      digest = hashByte(digest, byte)
      byte = body[++at]!
    }
    const series = table.find(body, start, at++, finishHash(digest))
    if (series < 0) return -1
    const rows = columns.count
    let field = -1
    do {
      field = table.nextField(series, field)
      at = field < 0 ? -1 : table.matchField(field, body, at)
      if (at < 0) return this.#unusual(rows)
      const negative = body[at] === minus
      if (negative) at++
      const first = at
      let point = 0
      let mantissa = 0
      for (;;) {
        byte = body[at]!
        const digit = byte - zero
        if (digit >= 0 && digit <= 9) mantissa = mantissa * 10 + digit
        else if (byte === dot && point === 0) point = at + 1
        else break
        at++
      }
      const digits = at - first - (point === 0 ? 0 : 1)
      if (digits < 1 || digits > exactDigits) return this.#unusual(rows)
      const kind = table.kind[field]!
      if (byte === letterI) {
        if (kind !== 1 || point !== 0) return this.#unusual(rows)
        byte = body[++at]!
      } else if (kind !== 0) return this.#unusual(rows)
      const size = point === 0 ? mantissa : mantissa / powersOfTen[at - point]!
      columns.addNumber(table.tag[field]!, negative ? signed(kind, size) : size)
      at++
    } while (byte === comma)
    if (byte !== space) return this.#unusual(rows)
    const timeStart = at
    let time = 0
    byte = body[at]!
    while (byte >= zero && byte <= zero + 9) {
      time = time * 10 + (byte - zero)
      byte = body[++at]!
    }
    if (byte !== newline || at === timeStart) return this.#unusual(rows)
    time = this.#timeUnit === 0 ? parseTime(body, timeStart, at, 'ns') : time * this.#timeUnit
    if (time < 0 || time > latestTime) return this.#unusual(rows)
    columns.setTime(rows, time)
    return at + 1
  }

  #unusual(rows: number): -1 {
    this.#columns.cut(rows)
    return -1
  }

  /** Any line; keeps count of the lines where it spans several. */
  #anyLine(lineStart: number): number {
    this.#spansLines = false
    const next = this.#line(lineStart)
    this.#lineNumber += this.#spansLines ? linesIn(this.#body, lineStart, next) : 1
    return next
  }

  /** One line from its first byte to the first of the next. */
  #line(lineStart: number): number {
    const start = this.#skipBlanks(lineStart)
    const afterBlank = this.#atLineEnd(start)
    if (afterBlank >= 0) return afterBlank
    if (this.#body[start] === hash) return nextLine(this.#body, start)
    const rows = this.#columns.count
    if (this.#missing.length > 0) this.#missing = []
    const next = this.#point(start, rows)
    if (next < 0) {
      this.#columns.cut(rows)
      return this.#reject(lineStart)
    }
    if (this.#missing.length === 0) {
      this.#accepted++
      return next
    }
    this.#columns.cut(rows)
    return this.#notKnown(lineStart, start, next)
  }

  #point(start: number, rows: number): number {
    const fieldsStart = this.#key(start)
    if (fieldsStart < 0) return -1
    const timeStart = this.#fieldSet(fieldsStart)
    if (timeStart < 0) return -1
    return this.#timestamp(timeStart, rows)
  }

  /** Measurement and tags: finds the series by their bytes. Returns where the fields begin. */
  #key(start: number): number {
    const body = this.#body
    const end = this.#end
    let digest = hashStart
    let at = start
    while (at < end) {
      const byte = body[at]!
      if (byte === space || byte === newline) break
      digest = hashByte(digest, byte)
      at++
      if (byte !== backslash || at >= end) continue
      const escaped = body[at]!
      if (escaped !== space && escaped !== comma && escaped !== equals) continue
      digest = hashByte(digest, escaped)
      at++
    }
    if (at === start || body[start] === comma) return this.#fail('missing measurement')
    if (at >= end || body[at] === newline) return this.#fail('missing fields')
    this.#keyEnd = at
    this.#series = this.#table.find(body, start, at, finishHash(digest))
    const next = this.#skipBlanks(at)
    return this.#atLineEnd(next) >= 0 ? this.#fail('missing fields') : next
  }

  /** `name=value,name=value…` up to the space or the end of the line behind them. */
  #fieldSet(start: number): number {
    let at = start
    this.#field = -1
    for (;;) {
      const valueStart = this.#fieldName(at)
      if (valueStart < 0) return -1
      at = this.#value(valueStart)
      if (at < 0) return -1
      if (!this.#keepValue(valueStart)) return -1
      const byte = at < this.#end ? this.#body[at] : newline
      if (byte === comma) at++
      else if (byte === space || byte === newline || byte === carriageReturn) return at
      else return this.#fail('a field value is followed by something else')
    }
  }

  /** Finds the field by its bytes, trying the one that follows in the series first. Returns where its value begins. */
  #fieldName(start: number): number {
    this.#nameStart = start
    if (this.#series >= 0) {
      const table = this.#table
      const expected = table.nextField(this.#series, this.#field)
      if (expected >= 0) {
        const valueStart = table.matchField(expected, this.#body, start)
        if (valueStart >= 0) {
          this.#field = expected
          return valueStart
        }
      }
      for (let field = table.nextField(this.#series, -1); field >= 0; field = table.nextField(this.#series, field)) {
        const valueStart = table.matchField(field, this.#body, start)
        if (valueStart < 0) continue
        this.#field = field
        return valueStart
      }
    }
    this.#field = -1
    return this.#scanName(start)
  }

  #scanName(start: number): number {
    const body = this.#body
    for (let at = start; at < this.#end; at++) {
      const byte = body[at]!
      if (byte === equals) return at === start ? this.#fail('missing field key') : at + 1
      if (byte === backslash && at + 1 < this.#end && body[at + 1] !== newline) at++
      else if (byte === comma || byte === space || byte === newline || byte === carriageReturn) break
    }
    return this.#fail('missing field value')
  }

  #value(start: number): number {
    if (start >= this.#end) return this.#fail('missing field value')
    const byte = this.#body[start]!
    if ((byte >= zero && byte <= zero + 9) || byte === minus || byte === dot || byte === plus)
      return this.#numeric(start)
    if (byte === quote) return this.#string(start)
    if (byte === comma || byte === space || byte === newline || byte === carriageReturn)
      return this.#fail('missing field value')
    return this.#boolean(start)
  }

  #numeric(start: number): number {
    const body = this.#body
    const end = this.#end
    let at = start
    const first = body[at]!
    if (first === minus || first === plus) at++
    let mantissa = 0
    const digitsStart = at
    while (at < end) {
      const digit = body[at]! - zero
      if (digit < 0 || digit > 9) break
      mantissa = mantissa * 10 + digit
      at++
    }
    let digits = at - digitsStart
    let decimals = 0
    if (at < end && body[at] === dot) {
      const fraction = ++at
      while (at < end) {
        const digit = body[at]! - zero
        if (digit < 0 || digit > 9) break
        mantissa = mantissa * 10 + digit
        at++
      }
      decimals = at - fraction
      digits += decimals
    }
    const byte = at < end ? body[at]! : newline
    const ends = byte === comma || byte === space || byte === newline || byte === carriageReturn
    if (digits === 0 || digits > exactDigits) return this.#slowNumeric(start, at)
    if (ends) {
      this.#kind = 0
      const size = decimals === 0 ? mantissa : mantissa / powersOfTen[decimals]!
      this.#number = first === minus ? -size : size
      return at
    }
    if ((byte === letterI || byte === letterU) && at - digitsStart === digits && decimals === 0) {
      if (byte === letterU && first === minus) return this.#fail('invalid number')
      this.#kind = 1
      this.#number = first === minus ? signed(1, mantissa) : mantissa
      this.#integer = undefined
      return at + 1
    }
    return this.#slowNumeric(start, at)
  }

  /** Exponents, many digits, and what is no number. */
  #slowNumeric(start: number, from: number): number {
    let at = from
    while (at < this.#end && !isDelimiter(this.#body[at]!)) at++
    const text = this.#body.toString('latin1', start, at)
    const last = text.at(-1)
    if (last === 'i' || last === 'u') {
      const integer = parseIntegerText(text.slice(0, -1))
      if (integer === undefined || (last === 'u' && integer < 0))
        return this.#fail(`invalid number: an integer needs digits only and 64 bits`)
      this.#kind = 1
      this.#integer = typeof integer === 'bigint' ? integer : undefined
      this.#number = Number(integer)
      return at
    }
    const value = parseFloatText(text)
    if (value === undefined) return this.#fail('invalid number')
    this.#kind = 0
    this.#number = value
    return at
  }

  #boolean(start: number): number {
    let at = start
    while (at < this.#end && !isDelimiter(this.#body[at]!) && at - start < 6) at++
    const value = booleans.get(this.#body.toString('latin1', start, at))
    if (value === undefined) return this.#fail('invalid field value: neither number, boolean nor quoted text')
    this.#kind = 2
    this.#number = value
    return at
  }

  /** Text in quotes; `\"` and `\\` stand for `"` and `\`. It may hold line ends. */
  #string(start: number): number {
    const close = closingQuote(this.#body, start + 1)
    return close < 0 ? this.#fail('unbalanced quotes') : this.#takeText(start + 1, close)
  }

  #takeText(start: number, end: number): number {
    const bytes = this.#body.subarray(start, end)
    if (!isUtf8(bytes)) return this.#fail('a text is not UTF-8')
    if (bytes.includes(newline)) this.#spansLines = true
    const text = bytes.toString()
    this.#text = bytes.includes(backslash) ? text.replace(/\\(["\\])/g, '$1') : text
    if (end - start > maxTextBytes && Buffer.byteLength(this.#text) > maxTextBytes)
      return this.#fail(`a text is longer than ${maxTextBytes} bytes`)
    this.#kind = 3
    return end + 1
  }

  /** Puts the value just read into its column, or notes the field as unknown. False where its type is another. */
  #keepValue(valueStart: number): boolean {
    const field = this.#field
    const kind = this.#kind
    if (field < 0) {
      this.#missing.push({ name: this.#body.subarray(this.#nameStart, valueStart - 1), kind })
      return true
    }
    if (this.#table.kind[field] !== kind) return this.#conflict(field, valueStart)
    const tag = this.#table.tag[field]!
    if (kind === 3) this.#columns.addText(tag, this.#text)
    else if (kind === 1 && this.#integer !== undefined) this.#columns.addInteger(tag, this.#integer)
    else this.#columns.addNumber(tag, this.#number)
    return true
  }

  #conflict(field: number, valueStart: number): false {
    const name = this.#body.toString('utf8', this.#nameStart, valueStart - 1)
    const kept = influxTypes[this.#table.kind[field]!]
    this.#fail(`field type conflict: ${name} is ${influxTypes[this.#kind]}, already exists as type ${kept}`)
    this.#problemCode = 'IW_HISTORIAN_TYPE'
    return false
  }

  /** The time and the end of the line; sets the time of its rows. Returns the start of the next line. */
  #timestamp(start: number, rows: number): number {
    const body = this.#body
    const from = this.#skipBlanks(start)
    const without = this.#atLineEnd(from)
    if (without >= 0) {
      this.#columns.setTime(rows, this.#options.arrivedAt)
      return without
    }
    let at = from
    while (at < this.#end && body[at]! >= zero && body[at]! <= zero + 9) at++
    const next = this.#atLineEnd(this.#skipBlanks(at))
    if (next < 0) return this.#fail(body[from] === minus ? 'the time is before 1970' : 'bad timestamp')
    const time = parseTime(body, from, at, this.#options.precision)
    if (time < 0) return this.#fail('the time is after 2255')
    this.#columns.setTime(rows, time)
    return next
  }

  #notKnown(lineStart: number, start: number, next: number): number {
    const key = this.#body.subarray(start, this.#keyEnd)
    const series = key.toString('latin1')
    const { denied } = this.#options
    if (denied) {
      const field = this.#missing[0]!.name
      const reason =
        denied.get(denialKey(series)) ??
        denied.get(denialKey(series, Buffer.from(field).toString('latin1'))) ??
        failure('IW_CONNECT_TOO_MANY', 'the series could not be made')
      this.#problem = reason.message
      this.#problemCode = reason.code
      this.#noteRejected(lineStart, next)
      return next
    }
    const unknown = this.#unknown.get(series) ?? { key: Uint8Array.from(key), fields: new Map() }
    this.#unknown.set(series, unknown)
    for (const { name, kind } of this.#missing) {
      const field = Buffer.from(name).toString('latin1')
      if (!unknown.fields.has(field)) unknown.fields.set(field, { name: Uint8Array.from(name), kind })
    }
    return next
  }

  #reject(lineStart: number): number {
    const next = afterBadLine(this.#body, lineStart)
    this.#spansLines = true
    this.#noteRejected(lineStart, next)
    return next
  }

  #noteRejected(lineStart: number, next: number): void {
    this.#rejectedCount++
    this.#sample ??= this.#body.subarray(lineStart, next)
    if (this.#rejected.length < rejectedShown)
      this.#rejected.push({ line: this.#lineNumber, code: this.#problemCode, message: this.#problem })
    this.#problemCode = 'IW_CONNECT_LINE_PROTOCOL'
  }

  #skipBlanks(at: number): number {
    while (at < this.#end && (this.#body[at] === space || this.#body[at] === tab)) at++
    return at
  }

  /** Start of the next line where `at` is the end of one (LF, CRLF, end of the body), else -1. */
  #atLineEnd(at: number): number {
    if (at >= this.#end) return this.#end
    const byte = this.#body[at]
    if (byte === newline) return at + 1
    if (byte !== carriageReturn) return -1
    if (at + 1 >= this.#end) return this.#end
    return this.#body[at + 1] === newline ? at + 2 : -1
  }

  #fail(problem: string): -1 {
    this.#problem = problem
    return -1
  }
}

/** Integers have no negative zero. */
const signed = (kind: number, size: number): number => (kind === 1 ? 0 - size : -size)

const booleans: ReadonlyMap<string, number> = new Map([
  ...['t', 'T', 'true', 'True', 'TRUE'].map((text) => [text, 1] as const),
  ...['f', 'F', 'false', 'False', 'FALSE'].map((text) => [text, 0] as const),
])

/** The words of InfluxDB for our kinds: people compare the message with its documentation. */
const influxTypes = ['float', 'integer', 'boolean', 'string'] as const
