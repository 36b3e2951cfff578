import { IwError } from '#kernel'
import type { ReadingBatch, Tag, TagDefinition, TagId, ValueType } from '#model'

/** Codes of the table that `checkRows` looks into for every row; 0 where there is no such tag. */
const kindOf: Readonly<Record<ValueType, number>> = { number: 1, integer: 2, boolean: 3, string: 4 }
const stringKind = kindOf.string

/** The tags that are on disk, by id and by name. */
export class TagTable {
  readonly #byId: Tag[] = []
  readonly #byThing = new Map<string, Map<string, Tag>>()
  #kinds = new Uint8Array(1024)
  #count = 0
  #highest = 0
  #version = 0

  get count(): number {
    return this.#count
  }

  /** The greatest id there is. */
  get highest(): TagId {
    return this.#highest
  }

  /** Another number after every change. */
  get version(): number {
    return this.#version
  }

  find(thing: string, property: string): Tag | undefined {
    return this.#byThing.get(thing)?.get(property)
  }

  get(id: TagId): Tag | undefined {
    return this.#byId[id]
  }

  isString(id: TagId): boolean {
    return this.#kinds[id] === stringKind
  }

  all(): readonly Tag[] {
    return this.#byId.filter((tag) => tag !== undefined)
  }

  /** Adds a tag, or takes over the new unit of one there is. */
  put(tag: Tag): void {
    this.#version++
    if (!this.#byId[tag.id]) this.#count++
    this.#byId[tag.id] = tag
    this.#highest = Math.max(this.#highest, tag.id)
    const properties = this.#byThing.get(tag.thing) ?? new Map<string, Tag>()
    this.#byThing.set(tag.thing, properties.set(tag.property, tag))
    if (tag.id >= this.#kinds.length) {
      const grown = new Uint8Array(2 ** Math.ceil(Math.log2(tag.id + 1)))
      grown.set(this.#kinds)
      this.#kinds = grown
    }
    this.#kinds[tag.id] = kindOf[tag.type]
  }

  /**
   * Checks that every row belongs to a tag there is, that numbers are not sent for string tags, texts only for them and
   * 64-bit integers only for integer tags. Throws `IW_HISTORIAN_UNKNOWN_TAG` or `IW_HISTORIAN_TYPE`.
   */
  checkRows(batch: ReadingBatch): void {
    const { count, tag, value, texts, integers } = batch
    const kinds = this.#kinds
    for (let row = 0; row < count; row++) {
      const kind = kinds[tag[row]!]
      if (!kind) throw new IwError('IW_HISTORIAN_UNKNOWN_TAG', `No tag has the id ${tag[row]}`)
      if (kind === stringKind && !Number.isNaN(value[row])) throw this.#wrongType(tag[row]!, 'a number')
    }
    for (const row of texts?.row ?? []) if (!this.isString(tag[row]!)) throw this.#wrongType(tag[row]!, 'a text')
    for (const row of integers?.row ?? [])
      if (kinds[tag[row]!] !== kindOf.integer) throw this.#wrongType(tag[row]!, 'a 64-bit integer')
  }

  #wrongType(id: TagId, what: string): IwError {
    const { thing, property, type } = this.#byId[id]!
    return new IwError('IW_HISTORIAN_TYPE', `${thing}/${property} is of type ${type} and does not take ${what}`)
  }
}

/** Throws `IW_HISTORIAN_TYPE` where the tag exists with another type. */
export function checkSameType(tag: Tag, { type }: TagDefinition): void {
  if (tag.type !== type)
    throw new IwError('IW_HISTORIAN_TYPE', `${tag.thing}/${tag.property} is of type ${tag.type}, not ${type}`)
}
