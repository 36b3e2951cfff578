import type { Microseconds } from '#kernel'
import { qualityNames, type Tag } from '#model'
import type { Historian, Series } from '#ports'
import type { Column, ColumnBatch, Table } from './columns.ts'

interface Range {
  readonly from: Microseconds
  readonly to: Microseconds
}

/**
 * Readings one below the other, tag after tag: time, thing, property, value, quality, text, integer, unit. `value` is a
 * double; texts stand in `text`, whole numbers beyond 2^53 in `integer`, as in the files of the historian.
 */
export function longTable(historian: Historian, tags: readonly Tag[], range: Range): Table {
  const things = wordsOf(tags.map(({ thing }) => thing))
  const properties = wordsOf(tags.map(({ property }) => property))
  const units = wordsOf(tags.flatMap(({ unit }) => unit ?? []))
  const columns: Column[] = [
    { name: 'time', kind: 'time' },
    { name: 'thing', kind: 'word', words: things },
    { name: 'property', kind: 'word', words: properties },
    { name: 'value', kind: 'number' },
    { name: 'quality', kind: 'word', words: qualityNames },
    { name: 'text', kind: 'text' },
    { name: 'integer', kind: 'integer' },
    { name: 'unit', kind: 'word', words: units },
  ]
  async function* batches(): AsyncGenerator<ColumnBatch> {
    for (const { id, thing, property, unit } of tags) {
      const words = [things.indexOf(thing), properties.indexOf(property), unit === undefined ? -1 : units.indexOf(unit)]
      for await (const series of historian.scan({ tag: id, ...range })) yield longBatch(series, words)
    }
  }
  return { columns, batches: batches() }
}

function longBatch(series: Series, [thing, property, unit]: readonly number[]): ColumnBatch {
  const { count, time, value, quality, text, integer } = series
  const constant = (word: number) => ({ numbers: new Int32Array(count).fill(word) })
  return {
    count,
    columns: [
      { numbers: time },
      constant(thing!),
      constant(property!),
      { numbers: value },
      { numbers: quality },
      { texts: text ?? [] },
      integer ? { numbers: [], large: integer } : {},
      constant(unit!),
    ],
  }
}

export const wordsOf = (texts: readonly string[]): readonly string[] => [...new Set(texts)]

/**
 * Readings side by side: a row for every time at which one of the tags has a reading, a column for each tag, named
 * `thing/property`. Without qualities; of an integer tag only whole numbers.
 */
export function wideTable(historian: Historian, tags: readonly Tag[], range: Range): Table {
  const columns: Column[] = [
    { name: 'time', kind: 'time' },
    ...tags.map(({ thing, property, type }) => ({ name: `${thing}/${property}`, kind: kindOf[type] })),
  ]
  return { columns, batches: joined(historian, tags, range) }
}

export const kindOf = { number: 'number', integer: 'integer', boolean: 'boolean', string: 'text' } as const

const joinedRows = 4_096

/** An outer join on time: every step takes the earliest row of those that the tags are at. */
async function* joined(historian: Historian, tags: readonly Tag[], range: Range): AsyncGenerator<ColumnBatch> {
  const places = tags.map((tag) => new Place(historian.scan({ tag: tag.id, ...range })))
  try {
    for (const place of places) await place.next()
    let batch = new WideBatch(tags)
    for (let time = earliest(places); time < Number.POSITIVE_INFINITY; time = earliest(places)) {
      batch.begin(time)
      for (let index = 0; index < places.length; index++) {
        const place = places[index]!
        if (place.time !== time) continue
        batch.put(index, place.series, place.row)
        // Only the end of a slice is waited for.
        if (!place.step()) await place.next()
      }
      if (batch.count < joinedRows) continue
      yield batch
      batch = new WideBatch(tags)
    }
    if (batch.count > 0) yield batch
  } finally {
    for (const place of places) await place.end()
  }
}

function earliest(places: readonly Place[]): number {
  let time = Number.POSITIVE_INFINITY
  for (const place of places) if (place.time < time) time = place.time
  return time
}

/** Where the join is in the readings of one tag. */
class Place {
  time = Number.POSITIVE_INFINITY
  row = 0
  readonly #slices: AsyncGenerator<Series, void, undefined>
  #series: Series | undefined

  constructor(slices: AsyncGenerator<Series, void, undefined>) {
    this.#slices = slices
  }

  get series(): Series {
    return this.#series!
  }

  /** Goes to the next row of the slice; false at its end. */
  step(): boolean {
    this.row++
    if (this.row >= this.#series!.count) return false
    this.time = this.#series!.time[this.row]!
    return true
  }

  /** Goes to the first row of the next slice; the time after the last one is infinite. */
  async next(): Promise<void> {
    do {
      const { value, done } = await this.#slices.next()
      this.#series = done ? undefined : value
    } while (this.#series?.count === 0)
    this.row = 0
    this.time = this.#series?.time[0] ?? Number.POSITIVE_INFINITY
  }

  async end(): Promise<void> {
    await this.#slices.return()
  }
}

/** Rows of the join as they are put together. */
class WideBatch implements ColumnBatch {
  count = 0
  readonly #time = new Float64Array(joinedRows)
  readonly #numbers: readonly Float64Array[]
  readonly #texts: readonly (string | null)[][]
  readonly #large: readonly (bigint | null)[][]

  constructor(tags: readonly Tag[]) {
    this.#numbers = tags.map(() => new Float64Array(joinedRows).fill(Number.NaN))
    this.#texts = tags.map(({ type }) => (type === 'string' ? new Array(joinedRows).fill(null) : []))
    this.#large = tags.map(() => [])
  }

  begin(time: Microseconds): void {
    this.#time[this.count++] = time
  }

  put(column: number, { value, text, integer }: Series, row: number): void {
    const at = this.count - 1
    this.#numbers[column]![at] = value[row]!
    if (text) this.#texts[column]![at] = text[row]!
    const large = integer?.[row] ?? null
    if (large !== null) this.#large[column]![at] = large
  }

  get columns() {
    const numbers = this.#numbers.map((column, index) => ({
      numbers: column.subarray(0, this.count),
      texts: this.#texts[index]!,
      ...(this.#large[index]!.length > 0 && { large: this.#large[index]! }),
    }))
    return [{ numbers: this.#time.subarray(0, this.count) }, ...numbers]
  }
}
