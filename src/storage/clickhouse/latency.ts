/** Acknowledgements that are looked at; at four a second and more, the last minutes. */
const kept = 1024

/** How long the newest acknowledgements took. */
export class Latency {
  readonly #ms = new Float64Array(kept)
  #count = 0

  add(ms: number): void {
    this.#ms[this.#count++ % kept] = ms
  }

  /** Times, ms, that a half and that 99 of 100 stayed within; 0 where there were none. */
  measures(): { readonly p50: number; readonly p99: number } {
    const sorted = this.#ms.slice(0, Math.min(this.#count, kept)).sort()
    const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0
    return { p50: at(0.5), p99: at(0.99) }
  }
}
