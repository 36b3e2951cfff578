import type { Column } from './column.ts'

/**
 * Columns of row groups that were read lately, for all readers together, bounded in bytes. What neighbours on a dashboard
 * ask for lies in the same groups.
 */
export class ColumnCache {
  readonly #limit: number
  /** Least recently used first. */
  readonly #columns = new Map<string, Column>()
  #bytes = 0

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  get(key: string): Column | undefined {
    const column = this.#columns.get(key)
    if (!column) return undefined
    this.#columns.delete(key)
    this.#columns.set(key, column)
    return column
  }

  /** Keeps a column, unless it would drive out half of the others. */
  put(key: string, column: Column): void {
    this.#forget(key)
    if (column.bytes > this.#limit / 2) return
    this.#columns.set(key, column)
    this.#bytes += column.bytes
    for (const oldest of this.#columns.keys()) {
      if (this.#bytes <= this.#limit) return
      this.#forget(oldest)
    }
  }

  /** Forgets all columns whose key begins so. */
  drop(prefix: string): void {
    for (const key of [...this.#columns.keys()]) if (key.startsWith(prefix)) this.#forget(key)
  }

  #forget(key: string): void {
    this.#bytes -= this.#columns.get(key)?.bytes ?? 0
    this.#columns.delete(key)
  }
}
