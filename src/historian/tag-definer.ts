import type { IwError } from '#kernel'
import type { Tag, TagDefinition } from '#model'
import type { Submission } from './journal/committer.ts'
import { encodeTags, tagsBlockBytes, tagsBlockJson } from './journal/tags-block.ts'
import { checkSameType, type TagTable } from './tags.ts'

/** A definition on its way to disk. */
interface Pending {
  readonly tag: Tag
  readonly done: Promise<void>
}

const keyOf = ({ thing, property }: TagDefinition): string => `${thing}\0${property}`

/** Gives ids to new tags and has them written before anyone may use them: one block for all new ones of a call. */
export class TagDefiner {
  readonly #tags: TagTable
  readonly #submit: (submission: Submission) => void
  readonly #pending = new Map<string, Pending>()
  #nextId: number

  constructor(tags: TagTable, submit: (submission: Submission) => void) {
    this.#tags = tags
    this.#submit = submit
    this.#nextId = tags.highest + 1
  }

  /** The tags in the order given, once all are on disk. Throws `IW_HISTORIAN_TYPE` before anything is written. */
  async define(definitions: readonly TagDefinition[]): Promise<readonly Tag[]> {
    for (const definition of definitions) {
      const known = this.#pending.get(keyOf(definition))?.tag ?? this.#tags.find(definition.thing, definition.property)
      if (known) checkSameType(known, definition)
    }
    const fresh = this.#fresh(definitions)
    if (fresh.length > 0) this.#write(fresh)
    await Promise.all(definitions.map((definition) => this.#pending.get(keyOf(definition))?.done))
    return definitions.map(({ thing, property }) => this.#tags.find(thing, property)!)
  }

  /** What has to be written: new tags, and known ones with another unit. */
  #fresh(definitions: readonly TagDefinition[]): Tag[] {
    const fresh = new Map<string, Tag>()
    for (const definition of definitions) {
      const key = keyOf(definition)
      const same = fresh.get(key)
      if (same) {
        checkSameType(same, definition)
        continue
      }
      const known = this.#pending.get(key)?.tag ?? this.#tags.find(definition.thing, definition.property)
      if (known && (definition.unit === undefined || definition.unit === known.unit)) continue
      const { thing, property, type, unit } = definition
      fresh.set(key, { id: known?.id ?? 0, thing, property, type, ...(unit !== undefined && { unit }) })
    }
    return [...fresh.values()].map((tag) => (tag.id === 0 ? { ...tag, id: this.#nextId++ } : tag))
  }

  #write(fresh: readonly Tag[]): void {
    const json = tagsBlockJson(fresh)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    for (const tag of fresh) this.#pending.set(keyOf(tag), { tag, done: promise })
    this.#submit({
      bytes: tagsBlockBytes(json),
      encode: (buffer, at, number) => encodeTags(json, buffer, at, number),
      committed: () => {
        for (const tag of fresh) this.#tags.put(tag)
        this.#forget(fresh)
        resolve()
      },
      refused: (error: IwError) => {
        this.#forget(fresh)
        // Everything after it is refused as well, so these ids were never used.
        if (this.#pending.size === 0) this.#nextId = this.#tags.highest + 1
        reject(error)
      },
    })
  }

  #forget(fresh: readonly Tag[]): void {
    for (const tag of fresh) if (this.#pending.get(keyOf(tag))?.tag === tag) this.#pending.delete(keyOf(tag))
  }
}
