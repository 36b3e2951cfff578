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
      if (message.kind === 'seal') return { id, ok: true, sealed: this.#store.seal(message.segment) }
      const name = this.#store.setAside(message.part)
      return { id, ok: true, ...(name !== undefined && { name }) }
    } catch (error) {
      this.#store = undefined
      return { id, ok: false, message: String((error as Error)?.message ?? error) }
    }
  }
}
