import type { OpenFile } from '../files/file-layer.ts'

/** Gathers the bytes of a file and writes them in large pieces. Views are over one buffer, so that columns are set at once. */
export class ByteSink {
  readonly #file: OpenFile
  #written = 0
  #used = 0
  #size: number
  bytes: Uint8Array<ArrayBuffer>
  f64: Float64Array
  f32: Float32Array
  u32: Uint32Array
  i64: BigInt64Array

  constructor(file: OpenFile, size = 1 << 20) {
    this.#file = file
    this.#size = size
    this.bytes = new Uint8Array(size)
    this.f64 = new Float64Array(this.bytes.buffer)
    this.f32 = new Float32Array(this.bytes.buffer)
    this.u32 = new Uint32Array(this.bytes.buffer)
    this.i64 = new BigInt64Array(this.bytes.buffer)
  }

  /** Where in the file the next byte goes. */
  get position(): number {
    return this.#written + this.#used
  }

  /** Room for `bytes` (a multiple of 8) in the buffer; returns the offset. The room is used up. */
  reserve(bytes: number): number {
    if (this.#used + bytes > this.#size) this.flush()
    if (bytes > this.#size) this.#grow(bytes)
    const at = this.#used
    this.#used += bytes
    return at
  }

  /** Copies bytes in, padded to a multiple of 8. */
  append(bytes: Uint8Array): void {
    const room = (bytes.length + 7) & ~7
    const at = this.reserve(room)
    this.bytes.set(bytes, at)
    this.bytes.fill(0, at + bytes.length, at + room)
  }

  flush(): void {
    if (this.#used > 0) this.#file.write([this.bytes.subarray(0, this.#used)], this.#written)
    this.#written += this.#used
    this.#used = 0
  }

  #grow(bytes: number): void {
    this.#size = bytes
    this.bytes = new Uint8Array(bytes)
    this.f64 = new Float64Array(this.bytes.buffer)
    this.f32 = new Float32Array(this.bytes.buffer)
    this.u32 = new Uint32Array(this.bytes.buffer)
    this.i64 = new BigInt64Array(this.bytes.buffer)
  }
}
