import { IwError } from '#kernel'
import type { Link } from './link.ts'
import { bytesOf, encodeBlock, strings } from './native.ts'

/** Small things the database keeps about itself: rows of `facts`, never changed, only added. */
export class Facts {
  readonly #link: Link
  readonly #database: string

  constructor(link: Link, database: string) {
    this.#link = link
    this.#database = database
  }

  /** The greatest number of a fact; 0 where there is none. */
  async greatest(name: 'start' | 'snapshot'): Promise<bigint> {
    const blocks = await this.#link.rows(`SELECT max(at) FROM \`${this.#database}\`.facts WHERE name = '${name}'`)
    return (blocks[0]?.columns[0]?.[0] as bigint | undefined) ?? 0n
  }

  async add(name: 'start' | 'snapshot' | 'owner', at: bigint, text = ''): Promise<void> {
    const block = encodeBlock(1, [
      { name: 'name', type: 'String', parts: [strings([name])] },
      { name: 'at', type: 'UInt64', parts: [bytesOf(BigUint64Array.of(at))] },
      { name: 'text', type: 'String', parts: [strings([text])] },
    ])
    await this.#link.insert(`\`${this.#database}\`.facts (name, at, text)`, block)
  }

  /**
   * Takes the database for an instance. Two that wrote into one would give different tags the same id: whoever came first
   * keeps it. Throws `IW_STORAGE_OPEN` for the other.
   */
  async own(owner: string, now: bigint, shown: string): Promise<void> {
    if ((await this.#owner()) === undefined) await this.add('owner', now, owner)
    // Read back: of two that came at once the first in the table has it, for both of them.
    const first = await this.#owner()
    if (first !== owner)
      throw new IwError(
        'IW_STORAGE_OPEN',
        `${shown} belongs to the instance ${first}: name another database for this one`,
      )
  }

  async #owner(): Promise<string | undefined> {
    const sql = `SELECT text FROM \`${this.#database}\`.facts WHERE name = 'owner' ORDER BY at, text LIMIT 1`
    return (await this.#link.rows(sql))[0]?.columns[0]?.[0] as string | undefined
  }
}
