import type { Wire } from './wire.ts'

const slabBytes = 16_384

/**
 * Collects the request frames of one tick, so that they leave in one write. Frames are laid into a slab that is replaced
 * when it is used up: bytes once handed to the wire are never touched again.
 */
export class Outbox {
  #slab = new Uint8Array(slabBytes)
  #from = 0
  #to = 0

  get bytes(): Uint8Array {
    return this.#slab
  }

  /** Makes room for a frame; `bytes` is the slab that it is in. */
  reserve(length: number): number {
    if (this.#to + length > this.#slab.length) {
      const pending = this.#slab.subarray(this.#from, this.#to)
      this.#slab = new Uint8Array(slabBytes)
      this.#slab.set(pending)
      this.#to -= this.#from
      this.#from = 0
    }
    const at = this.#to
    this.#to += length
    return at
  }

  flush(wire: Wire): void {
    if (this.#to === this.#from) return
    wire.write(this.#slab.subarray(this.#from, this.#to))
    this.#from = this.#to
  }

  clear(): void {
    this.#from = this.#to
  }
}
