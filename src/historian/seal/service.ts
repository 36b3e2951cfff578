import type { FileLayer } from '../files/file-layer.ts'
import type { FromWork, ToWork } from './messages.ts'
import { SealedStore } from './store.ts'

/** Handles one request after another on the sealed store; a failure is answered, and the next begins from disk. */
export class SealService {
  readonly #files: FileLayer
  readonly #root: string
  #store: SealedStore | undefined

  constructor(files: FileLayer, root: string) {
    this.#files = files
    this.#root = root
  }

  handle(message: ToWork): FromWork {
    const { id } = message
    try {
      this.#store ??= new SealedStore(this.#files, this.#root)
      return { id, ok: true, ...handled(this.#store, message) }
    } catch (error) {
      this.#store = undefined
      return { id, ok: false, message: String((error as Error)?.message ?? error) }
    }
  }
}

type Handled = Omit<Extract<FromWork, { ok: true }>, 'id' | 'ok'>

function handled(store: SealedStore, message: ToWork): Handled {
  switch (message.kind) {
    case 'seal':
      return { sealed: store.seal(message.segment, message.now) }
    case 'setAside': {
      const name = store.setAside(message.part)
      return name === undefined ? {} : { name }
    }
    case 'reserve':
      return { first: store.reserve(message.count) }
    case 'change':
      store.change(message.change)
      return {}
    case 'delete':
      store.delete(message.parts)
      return {}
    case 'snapshot':
      return { snapshot: store.snapshot(message.target) }
  }
}
