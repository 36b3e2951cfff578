import { signal } from '@preact/signals'

/** An address of Explore with a name people gave it. */
export interface SavedView {
  readonly name: string
  /** The query of the address, without what belongs to the person: language and theme. */
  readonly query: string
}

/** The part of `localStorage` used here. */
export interface Shelf {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

const key = 'interwork.explore.views'
const viewsAtMost = 50
const nameAtMost = 80
const personal = ['lang', 'theme', 'contrast', 'view']

/** Views kept in this browser. A browser that forbids storage keeps them until the page is left. */
export class SavedViews {
  readonly #shelf: () => Shelf
  readonly views = signal<readonly SavedView[]>([])

  constructor(shelf: () => Shelf) {
    this.#shelf = shelf
    this.views.value = this.#read()
  }

  /** Keeps a view under a name; one of the same name is replaced. */
  save(name: string, query: string): void {
    const view = { name: name.trim().slice(0, nameAtMost), query: withoutPersonal(query) }
    if (view.name === '') return
    this.put([view, ...this.views.peek().filter((other) => other.name !== view.name)])
  }

  remove(name: string): void {
    this.put(this.views.peek().filter((view) => view.name !== name))
  }

  /** Takes a whole list, as an undo gives it back. */
  put(views: readonly SavedView[]): void {
    this.views.value = views.slice(0, viewsAtMost)
    try {
      this.#shelf().setItem(key, JSON.stringify(this.views.peek()))
    } catch {
      // kept for as long as the page is open
    }
  }

  #read(): readonly SavedView[] {
    try {
      const stored: unknown = JSON.parse(this.#shelf().getItem(key) ?? '[]')
      return Array.isArray(stored) ? stored.filter(isView).slice(0, viewsAtMost) : []
    } catch {
      return []
    }
  }
}

const isView = (value: unknown): value is SavedView =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as SavedView).name === 'string' &&
  typeof (value as SavedView).query === 'string'

function withoutPersonal(query: string): string {
  const entries = new URLSearchParams(query)
  for (const name of personal) entries.delete(name)
  return entries.toString()
}
