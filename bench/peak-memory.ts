import { residentBytesOf } from './harness.ts'
import { treeOf } from './tree.ts'

const everyMs = 100

/** The most memory that a process and its descendants had resident at once, looked at ten times a second. */
export class PeakMemory {
  readonly #pid: number
  #bytes = 0
  readonly #timer = setInterval(() => this.#look(), everyMs)

  constructor(pid: number) {
    this.#pid = pid
  }

  /** Ends it. What processes share is counted for each. */
  end(): number {
    clearInterval(this.#timer)
    this.#look()
    return this.#bytes
  }

  #look(): void {
    let sum = 0
    for (const pid of treeOf(this.#pid)) sum += residentOrNothing(pid)
    if (sum > this.#bytes) this.#bytes = sum
  }
}

function residentOrNothing(pid: number): number {
  try {
    return residentBytesOf(pid)
  } catch {
    // It ended between the listing and the look.
    return 0
  }
}
