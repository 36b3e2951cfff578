import { signal } from '@preact/signals'
import type { Shelf } from '../explore/saved-views.ts'

const key = 'interwork.sql.history'
const keptAtMost = 20
const longest = 20_000

/** Questions asked in this browser, newest first, each once. Without storage they last as long as the page. */
export class SqlHistory {
  readonly #shelf: () => Shelf
  readonly asked = signal<readonly string[]>([])

  constructor(shelf: () => Shelf) {
    this.#shelf = shelf
    this.asked.value = this.#read()
  }

  add(sql: string): void {
    const text = sql.trim()
    if (text === '' || text.length > longest) return
    this.#put([text, ...this.asked.peek().filter((other) => other !== text)])
  }

  clear(): void {
    this.#put([])
  }

  #put(asked: readonly string[]): void {
    this.asked.value = asked.slice(0, keptAtMost)
    try {
      this.#shelf().setItem(key, JSON.stringify(this.asked.peek()))
    } catch {
      // kept for as long as the page is open
    }
  }

  #read(): readonly string[] {
    try {
      const stored: unknown = JSON.parse(this.#shelf().getItem(key) ?? '[]')
      return Array.isArray(stored)
        ? stored.filter((text): text is string => typeof text === 'string').slice(0, keptAtMost)
        : []
    } catch {
      return []
    }
  }
}
