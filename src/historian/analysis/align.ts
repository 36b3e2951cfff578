import { IwError, type Microseconds } from '#kernel'
import type { Tag, TagId, Value } from '#model'
import type { Historian, Interpolation, Series } from '#ports'
import { knownTag, valueAt } from './values.ts'

export interface AlignQuery {
  /** 1 to 100. */
  readonly tags: readonly TagId[]
  /** n + 1 ascending edges for n points in time (1–100,000): each where a step begins. From `bucketEdges` of `#kernel`. */
  readonly edges: Float64Array
  /**
   * `none`: the newest row within the step, nothing where there is none. `previous`: the value that held at the point.
   * `linear`: a straight line between the readings around the point, for numbers; others as `previous`. A row without a
   * value ends what was before it. After the newest row `previous` goes on, a line does not.
   */
  readonly interpolation: 'none' | Interpolation
  readonly signal?: AbortSignal
}

/** Several tags at the same points in time. */
export interface AlignedSlice {
  readonly time: Float64Array
  /** By tag, in the order asked for; by point. */
  readonly values: readonly (readonly Value[])[]
}

const maxTags = 100
const maxPoints = 100_000
const slicePoints = 2_048
/** Where so many rows lie between two points, each point is looked for by itself instead. */
const denseRows = 8_192

/**
 * Puts tags that came at times of their own on common points in time, in slices: all tags are read in one pass. Works over
 * every historian. Throws `IW_HISTORIAN_UNKNOWN_TAG`, `_RANGE`, `_TOO_MUCH`.
 */
export async function* alignTags(
  historian: Historian,
  query: AlignQuery,
): AsyncGenerator<AlignedSlice, void, undefined> {
  check(query)
  const { edges, interpolation, signal } = query
  const columns = query.tags.map((id) => new Column(historian, knownTag(historian, id), edges, interpolation))
  try {
    for (const column of columns) await column.open()
    for (let from = 0; from < edges.length - 1; from += slicePoints) {
      const to = Math.min(edges.length - 1, from + slicePoints)
      const values: (readonly Value[])[] = []
      for (const column of columns) {
        signal?.throwIfAborted()
        values.push(await column.points(from, to))
      }
      yield { time: edges.slice(from, to), values }
    }
  } finally {
    for (const column of columns) await column.close()
  }
}

function check({ tags, edges }: AlignQuery): void {
  if (tags.length === 0 || tags.length > maxTags)
    throw new IwError('IW_HISTORIAN_TOO_MUCH', `${tags.length} properties are not 1 to ${maxTags}`)
  if (edges.length < 2) throw new IwError('IW_HISTORIAN_RANGE', 'There is no point in time to align to')
  if (edges.length - 1 > maxPoints)
    throw new IwError('IW_HISTORIAN_TOO_MUCH', `${edges.length - 1} points in time are more than ${maxPoints}`)
  for (let i = 1; i < edges.length; i++)
    if (!(edges[i - 1]! < edges[i]!)) throw new IwError('IW_HISTORIAN_RANGE', `Edge ${i} is not after the one before`)
}

/** One tag on its way along the points. */
class Column {
  readonly #historian: Historian
  readonly #tag: Tag
  readonly #edges: Float64Array
  readonly #mode: AlignQuery['interpolation']
  #rows!: AsyncGenerator<Series, void, undefined>
  #slice: Series | undefined
  #row = 0
  /** The newest row that was passed. */
  #time: Microseconds = Number.NEGATIVE_INFINITY
  #value: Value = null
  #isDense = false

  constructor(historian: Historian, tag: Tag, edges: Float64Array, interpolation: AlignQuery['interpolation']) {
    this.#historian = historian
    this.#tag = tag
    this.#edges = edges
    this.#mode = interpolation === 'linear' && tag.type !== 'number' ? 'previous' : interpolation
  }

  async open(): Promise<void> {
    const from = this.#edges[0]!
    if (this.#mode !== 'none') {
      const before = await this.#historian.before(this.#tag.id, from)
      if (before) this.#pass(before.time, before.value)
    }
    // A line needs the row after the last point, wherever that is.
    const to = this.#mode === 'linear' ? Number.POSITIVE_INFINITY : this.#edges[this.#edges.length - 1]!
    this.#rows = this.#historian.scan({ tag: this.#tag.id, from, to })
    await this.#turn()
  }

  async points(from: number, to: number): Promise<Value[]> {
    const values: Value[] = []
    for (let at = from; at < to; at++)
      values.push(
        this.#isDense ? await this.#sought(at) : this.#mode === 'none' ? await this.#within(at) : await this.#on(at),
      )
    return values
  }

  async close(): Promise<void> {
    await this.#rows?.return()
  }

  /** The newest row within the step. */
  async #within(at: number): Promise<Value> {
    this.#value = null
    while (this.#slice && this.#nextTime < this.#edges[at + 1]!) if (!this.#step()) await this.#turn()
    return this.#value
  }

  async #on(at: number): Promise<Value> {
    const point = this.#edges[at]!
    while (this.#slice && this.#nextTime <= point) if (!this.#step()) await this.#turn()
    return this.#mode === 'linear' ? this.#onLine(point) : this.#value
  }

  /** The same, without going through the rows between the points. */
  async #sought(at: number): Promise<Value> {
    const { id } = this.#tag
    const point = this.#edges[at]!
    if (this.#mode === 'none') {
      const newest = await this.#historian.before(id, this.#edges[at + 1]!)
      return newest && newest.time >= point ? newest.value : null
    }
    const held = await this.#historian.before(id, point + 1)
    this.#pass(held?.time ?? Number.NEGATIVE_INFINITY, held?.value ?? null)
    if (this.#mode === 'previous') return this.#value
    const rows = this.#historian.scan({ tag: id, from: point + 1, to: Number.POSITIVE_INFINITY })
    const { value, done } = await rows.next()
    await rows.return()
    this.#slice = done ? undefined : value
    this.#row = 0
    return this.#onLine(point)
  }

  get #nextTime(): Microseconds {
    return this.#slice!.time[this.#row]!
  }

  #pass(time: Microseconds, value: Value): void {
    this.#time = time
    this.#value = value
  }

  /** Passes the next row; false where the slice ends with it. */
  #step(): boolean {
    const slice = this.#slice!
    this.#pass(slice.time[this.#row]!, valueAt(slice, this.#row, this.#tag.type))
    return ++this.#row < slice.count
  }

  async #turn(): Promise<void> {
    const { value, done } = await this.#rows.next()
    this.#slice = done ? undefined : value
    this.#row = 0
    if (!this.#slice) return
    const step = (this.#edges[this.#edges.length - 1]! - this.#edges[0]!) / (this.#edges.length - 1)
    const { time, count } = this.#slice
    this.#isDense = count * step > denseRows * (time[count - 1]! - time[0]!) && count > denseRows
  }

  #onLine(point: Microseconds): Value {
    if (this.#time === point || typeof this.#value !== 'number') return this.#value
    if (!this.#slice) return null
    const next = valueAt(this.#slice, this.#row, 'number')
    if (typeof next !== 'number' || !Number.isFinite(next)) return this.#value
    return this.#value + ((next - this.#value) * (point - this.#time)) / (this.#nextTime - this.#time)
  }
}
