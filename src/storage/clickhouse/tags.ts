import { IwError } from '#kernel'
import type { ReadingBatch, Tag, TagDefinition, TagId } from '#model'
import { type Block, bytesOf, type EncodedColumn, encodeBlock, nullableStrings, strings } from './native.ts'

/** The tags there are on the server, by id and by name. */
export class Tags {
  readonly #byId: Tag[] = []
  readonly #byName = new Map<string, Tag>()
  #highest = 0

  get count(): number {
    return this.#byName.size
  }

  /** The greatest id there is. */
  get highest(): TagId {
    return this.#highest
  }

  get(id: TagId): Tag | undefined {
    return this.#byId[id]
  }

  find(thing: string, property: string): Tag | undefined {
    return this.#byName.get(keyOf({ thing, property }))
  }

  all(): readonly Tag[] {
    return this.#byId.filter((tag) => tag !== undefined)
  }

  put(tag: Tag): void {
    this.#byId[tag.id] = tag
    this.#byName.set(keyOf(tag), tag)
    this.#highest = Math.max(this.#highest, tag.id)
  }

  /** The tags to write before the definitions hold: new ones, and known ones with another unit. Throws `IW_HISTORIAN_TYPE`. */
  missing(definitions: readonly TagDefinition[]): readonly Tag[] {
    const fresh = new Map<string, Tag>()
    let next = this.#highest + 1
    for (const { thing, property, type, unit } of definitions) {
      const key = keyOf({ thing, property })
      const known = fresh.get(key) ?? this.#byName.get(key)
      if (known && known.type !== type)
        throw new IwError('IW_HISTORIAN_TYPE', `${thing}/${property} is of type ${known.type}, not ${type}`)
      if (known && (unit === undefined || unit === known.unit)) continue
      fresh.set(key, { id: known?.id ?? next++, thing, property, type, ...(unit !== undefined && { unit }) })
    }
    return [...fresh.values()]
  }

  /**
   * Checks that every row belongs to a tag there is, that numbers are not sent for string tags, texts only for them and
   * 64-bit integers only for integer tags. Throws `IW_HISTORIAN_UNKNOWN_TAG` or `IW_HISTORIAN_TYPE`.
   */
  checkRows({ count, tag, value, texts, integers }: ReadingBatch): void {
    for (let row = 0; row < count; row++) {
      const known = this.#byId[tag[row]!]
      if (!known) throw new IwError('IW_HISTORIAN_UNKNOWN_TAG', `No tag has the id ${tag[row]}`)
      if (known.type === 'string' && !Number.isNaN(value[row])) throw wrongType(known, 'a number')
    }
    for (const row of texts?.row ?? []) this.#checkType(tag[row]!, 'string', 'a text')
    for (const row of integers?.row ?? []) this.#checkType(tag[row]!, 'integer', 'a 64-bit integer')
  }

  #checkType(id: TagId, type: Tag['type'], what: string): void {
    const tag = this.#byId[id]!
    if (tag.type !== type) throw wrongType(tag, what)
  }
}

const keyOf = ({ thing, property }: Pick<Tag, 'thing' | 'property'>): string => `${thing}\0${property}`

const wrongType = ({ thing, property, type }: Tag, what: string): IwError =>
  new IwError('IW_HISTORIAN_TYPE', `${thing}/${property} is of type ${type} and does not take ${what}`)

/** In the order that `tagsOf` reads. */
export const selectTags = (database: string): string =>
  `SELECT tag, thing, property, type, unit FROM \`${database}\`.tags FINAL ORDER BY tag`

/** The tags of an answer to `selectTags`. */
export function* tagsOf({ rows, columns }: Block): Generator<Tag> {
  const [ids, things, properties, types, units] = columns as unknown as [Int32Array, ...(readonly (string | null)[])[]]
  for (let row = 0; row < rows; row++) {
    const unit = units![row]
    yield {
      id: ids[row]!,
      thing: things![row]!,
      property: properties![row]!,
      type: types![row] as Tag['type'],
      ...(unit != null && { unit }),
    }
  }
}

/** Tags as a block of the table `tags`; of two with one id that with the greater version holds. */
export function encodeTags(tags: readonly Tag[], version: bigint): Buffer {
  const text = (name: string, of: (tag: Tag) => string): EncodedColumn => ({
    name,
    type: 'String',
    parts: [strings(tags.map(of))],
  })
  return encodeBlock(tags.length, [
    { name: 'tag', type: 'Int32', parts: [bytesOf(Int32Array.from(tags, ({ id }) => id))] },
    text('thing', ({ thing }) => thing),
    text('property', ({ property }) => property),
    text('type', ({ type }) => type),
    { name: 'unit', type: 'Nullable(String)', parts: nullableStrings(tags.map(({ unit }) => unit ?? null)) },
    { name: 'version', type: 'UInt64', parts: [bytesOf(new BigUint64Array(tags.length).fill(version))] },
  ])
}
