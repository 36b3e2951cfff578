import type { TagId } from '#model'

/** Kinds of values on the wire; the number of a kind is its place here, as the parser writes it into columns. */
export const kinds = ['number', 'integer', 'boolean', 'string'] as const

const copied = <T extends Int32Array | Uint8Array>(from: T, to: T): T => {
  to.set(from)
  return to
}

/**
 * What the bytes of a line's series and field mean, found without making a string: an open-addressing table of the series
 * keys as they were sent, and for each a chain of its fields. A cache: it can be emptied at any time.
 */
export class SeriesTable {
  #slots = new Int32Array(1024)
  #count = 0
  #hash = new Int32Array(512)
  #keyStart = new Int32Array(512)
  #keyLength = new Int32Array(512)
  #firstField = new Int32Array(512)

  #fields = 0
  #nameStart = new Int32Array(512)
  #nameLength = new Int32Array(512)
  #next = new Int32Array(512)
  /** By field. */
  tag = new Int32Array(512)
  /** By field: the place of its type in `kinds`. */
  kind = new Uint8Array(512)

  #bytes = new Uint8Array(16 * 1024)
  #used = 0

  get size(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#used
  }

  /** The series of these bytes, or -1. `hash` is `hashKey` of them. */
  find(body: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const series = this.#slots[slot]! - 1
      if (series < 0) return -1
      if (this.#hash[series] === hash && this.#isKey(series, body, start, end)) return series
    }
  }

  /** The field after `field` of a series, or its first one for -1; -1 where there is none. */
  nextField(series: number, field: number): number {
    return field < 0 ? this.#firstField[series]! : this.#next[field]!
  }

  /** Where the value begins if the bytes at `start` are the name of `field` and an equals sign; else -1. */
  matchField(field: number, body: Uint8Array, start: number): number {
    const from = this.#nameStart[field]!
    const length = this.#nameLength[field]!
    const end = start + length
    if (end >= body.length || body[end] !== 0x3d) return -1
    for (let i = 0; i < length; i++) if (body[start + i] !== this.#bytes[from + i]) return -1
    return end + 1
  }

  addSeries(key: Uint8Array): number {
    const hash = hashKey(key)
    const known = this.find(key, 0, key.length, hash)
    if (known >= 0) return known
    if (this.#count === this.#hash.length) this.#growSeries()
    if ((this.#count + 1) * 2 > this.#slots.length) this.#rehash()
    const series = this.#count++
    this.#hash[series] = hash
    this.#keyStart[series] = this.#store(key)
    this.#keyLength[series] = key.length
    this.#firstField[series] = -1
    this.#place(series)
    return series
  }

  addField(series: number, name: Uint8Array, tag: TagId, kind: number): void {
    if (this.#fields === this.#next.length) this.#growFields()
    const field = this.#fields++
    this.#nameStart[field] = this.#store(name)
    this.#nameLength[field] = name.length
    this.#next[field] = -1
    this.tag[field] = tag
    this.kind[field] = kind
    let last = this.#firstField[series]!
    if (last < 0) {
      this.#firstField[series] = field
      return
    }
    while (this.#next[last]! >= 0) last = this.#next[last]!
    this.#next[last] = field
  }

  clear(): void {
    this.#slots.fill(0)
    this.#count = 0
    this.#fields = 0
    this.#used = 0
  }

  #isKey(series: number, body: Uint8Array, start: number, end: number): boolean {
    const length = this.#keyLength[series]!
    if (end - start !== length) return false
    const bytes = this.#bytes
    const from = this.#keyStart[series]!
    for (let i = 0; i < length; i++) if (bytes[from + i] !== body[start + i]) return false
    return true
  }

  #place(series: number): void {
    const mask = this.#slots.length - 1
    let slot = this.#hash[series]! & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = series + 1
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2)
    for (let series = 0; series < this.#count; series++) this.#place(series)
  }

  #growSeries(): void {
    const size = this.#hash.length * 2
    this.#hash = copied(this.#hash, new Int32Array(size))
    this.#keyStart = copied(this.#keyStart, new Int32Array(size))
    this.#keyLength = copied(this.#keyLength, new Int32Array(size))
    this.#firstField = copied(this.#firstField, new Int32Array(size))
  }

  #growFields(): void {
    const size = this.#next.length * 2
    this.#nameStart = copied(this.#nameStart, new Int32Array(size))
    this.#nameLength = copied(this.#nameLength, new Int32Array(size))
    this.#next = copied(this.#next, new Int32Array(size))
    this.tag = copied(this.tag, new Int32Array(size))
    this.kind = copied(this.kind, new Uint8Array(size))
  }

  #store(bytes: Uint8Array): number {
    const start = this.#used
    while (start + bytes.length > this.#bytes.length)
      this.#bytes = copied(this.#bytes, new Uint8Array(this.#bytes.length * 2))
    this.#bytes.set(bytes, start)
    this.#used += bytes.length
    return start
  }
}

export const hashStart = 0x811c9dc5 | 0
const hashFactor = 0x01000193

/** FNV-1a, one byte further; its low bits are good enough for the table because `finishHash` mixes them. */
export const hashByte = (hash: number, byte: number): number => Math.imul(hash ^ byte, hashFactor)
export const finishHash = (hash: number): number => hash ^ (hash >>> 15)

function hashKey(key: Uint8Array): number {
  let hash = hashStart
  for (const byte of key) hash = hashByte(hash, byte)
  return finishHash(hash)
}
