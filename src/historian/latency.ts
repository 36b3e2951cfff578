const slotsAnOctave = 4
const slots = 20 * slotsAnOctave
const leastMs = 0.05
const halfMinuteMs = 30_000

/** Times over the last minute or so, in steps of a quarter octave from 0.05 ms on: two half minutes, the older forgotten. */
export class LatencyWindow {
  #present = new Uint32Array(slots)
  #before = new Uint32Array(slots)
  #since: number

  constructor(nowMs: number) {
    this.#since = nowMs
  }

  add(ms: number, nowMs: number): void {
    this.#turn(nowMs)
    const slot = Math.ceil(Math.log2(ms / leastMs) * slotsAnOctave)
    this.#present[Math.min(slots - 1, Math.max(0, slot))]!++
  }

  /** The time that a share `q` of all stayed within; 0 where there was none. */
  quantile(q: number, nowMs: number): number {
    this.#turn(nowMs)
    let total = 0
    for (let slot = 0; slot < slots; slot++) total += this.#present[slot]! + this.#before[slot]!
    let rest = q * total
    for (let slot = 0; slot < slots && total > 0; slot++) {
      rest -= this.#present[slot]! + this.#before[slot]!
      if (rest <= 0) return leastMs * 2 ** (slot / slotsAnOctave)
    }
    return 0
  }

  #turn(nowMs: number): void {
    const age = nowMs - this.#since
    if (age < halfMinuteMs) return
    const spare = this.#before.fill(0)
    this.#before = age < 2 * halfMinuteMs ? this.#present : spare
    this.#present = this.#before === spare ? this.#present.fill(0) : spare
    this.#since = nowMs
  }
}
