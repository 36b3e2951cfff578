import type { ArrivedPage } from '../parts/parquet/index.ts'

const firstRows = 4096
/** What a row takes here, without text. */
export const plainRowBytes = 33

/**
 * The rows of one tag, gathered from sources oldest first, and then put in order: by time, each time once, the newest source's
 * row. The memory is used for tag after tag.
 */
export class TagRows {
  count = 0
  time = new Float64Array(firstRows)
  value = new Float64Array(firstRows)
  quality = new Uint8Array(firstRows)
  arrivedAt = new Float64Array(firstRows)
  /** By row; present where any row has one. */
  text: (string | null)[] | undefined
  integer: (bigint | null)[] | undefined
  /** Where ascending runs begin. */
  #runs: number[] = []
  #order = new Uint32Array(0)
  #other = new Uint32Array(0)

  reset(): void {
    this.count = 0
    this.text = undefined
    this.integer = undefined
    this.#runs = []
  }

  /** Adds rows [begin, end) of a page. */
  add(page: ArrivedPage, begin: number, end: number): void {
    const rows = end - begin
    if (rows <= 0) return
    const at = this.count
    if (at + rows > this.time.length) this.#grow(at + rows)
    this.time.set(page.time.subarray(begin, end), at)
    this.value.set(page.value.subarray(begin, end), at)
    this.quality.set(page.quality.subarray(begin, end), at)
    this.arrivedAt.set(page.arrivedAt.subarray(begin, end), at)
    if (page.text || this.text) this.text = joined(this.text, page.text, at, begin, end)
    if (page.integer || this.integer) this.integer = joined(this.integer, page.integer, at, begin, end)
    if (at === 0 || this.time[at]! <= this.time[at - 1]!) this.#runs.push(at)
    this.count = at + rows
  }

  /**
   * Orders what was added. Pages ascend and sources came oldest first, so that of equal times the one added last is right.
   */
  settle(): void {
    if (this.#runs.length <= 1) return
    const order = this.#merged()
    let kept = 0
    for (let i = 0; i < this.count; i++) {
      const row = order[i]!
      if (i + 1 < this.count && this.time[order[i + 1]!] === this.time[row]) continue
      order[kept++] = row
    }
    this.#permute(order.subarray(0, kept))
  }

  /** Rows in order of (time, row): neighbouring runs are merged two by two until there is one. */
  #merged(): Uint32Array {
    if (this.#order.length < this.count) {
      this.#order = new Uint32Array(this.time.length)
      this.#other = new Uint32Array(this.time.length)
    }
    let from = this.#order
    let to = this.#other
    for (let i = 0; i < this.count; i++) from[i] = i
    let runs = this.#runs
    while (runs.length > 1) {
      const next: number[] = []
      for (let run = 0; run < runs.length; run += 2) {
        next.push(runs[run]!)
        mergePair(this.time, from, to, runs[run]!, runs[run + 1] ?? this.count, runs[run + 2] ?? this.count)
      }
      runs = next
      const swap = from
      from = to
      to = swap
    }
    return from
  }

  #permute(order: Uint32Array): void {
    const { time, value, quality, arrivedAt, text, integer } = this
    this.time = Float64Array.from(time)
    this.value = Float64Array.from(value)
    this.quality = Uint8Array.from(quality)
    this.arrivedAt = Float64Array.from(arrivedAt)
    for (let i = 0; i < order.length; i++) {
      const row = order[i]!
      this.time[i] = time[row]!
      this.value[i] = value[row]!
      this.quality[i] = quality[row]!
      this.arrivedAt[i] = arrivedAt[row]!
    }
    if (text) this.text = Array.from(order, (row) => text[row] ?? null)
    if (integer) this.integer = Array.from(order, (row) => integer[row] ?? null)
    this.count = order.length
    this.#runs = [0]
  }

  #grow(rows: number): void {
    const size = 2 ** Math.ceil(Math.log2(rows))
    this.time = grown(this.time, new Float64Array(size))
    this.value = grown(this.value, new Float64Array(size))
    this.quality = grown(this.quality, new Uint8Array(size))
    this.arrivedAt = grown(this.arrivedAt, new Float64Array(size))
  }
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from)
  return to
}

/** The side column with rows [begin, end) of a page behind the `at` rows it stands for. */
function joined<T>(
  present: (T | null)[] | undefined,
  page: readonly (T | null)[] | undefined,
  at: number,
  begin: number,
  end: number,
): (T | null)[] {
  const column = present ?? new Array<T | null>(at).fill(null)
  for (let row = begin; row < end; row++) column.push(page?.[row] ?? null)
  return column
}

/** Merges [begin, middle) and [middle, end) of `from` into `to`; at equal times the first comes first. */
function mergePair(
  time: Float64Array,
  from: Uint32Array,
  to: Uint32Array,
  begin: number,
  middle: number,
  end: number,
): void {
  let left = begin
  let right = middle
  for (let at = begin; at < end; at++) {
    const takeLeft = right >= end || (left < middle && time[from[left]!]! <= time[from[right]!]!)
    to[at] = takeLeft ? from[left++]! : from[right++]!
  }
}
