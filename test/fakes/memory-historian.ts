import { type ErrorCode, IwError } from '#kernel'
import { checkBatch, Quality, type ReadingBatch, type Tag, type TagDefinition, type Value } from '#model'
import type {
  AggregateQuery,
  Aggregates,
  Historian,
  HistorianStatus,
  LastReading,
  LastVisitor,
  RangeQuery,
  ReadingRow,
  ReadingsBackup,
  ScanQuery,
  Series,
  Trend,
  TrendQuery,
} from '#ports'
import { plainAggregate } from './plain-aggregate.ts'
import { plainStatus } from './plain-status.ts'

interface Row {
  readonly time: number
  readonly arrivedAt: number
  readonly value: Value
  readonly quality: number
}

/** A historian without a disk, for tests of the rooms around it: every append is committed at once, or refused as told. */
export class MemoryHistorian implements Historian {
  readonly batches: ReadingBatch[] = []
  /** What the next appends are refused with. */
  refuseWith: ErrorCode | undefined
  readonly #tags: Tag[] = []
  readonly #byName = new Map<string, Tag>()
  readonly #rows = new Map<number, Row[]>()
  readonly #listeners = new Set<(batch: ReadingBatch) => void>()

  async start() {}
  async stop() {}

  async defineTags(definitions: readonly TagDefinition[]): Promise<readonly Tag[]> {
    for (const definition of definitions) {
      const known = this.findTag(definition.thing, definition.property)
      if (known && known.type !== definition.type)
        throw new IwError('IW_HISTORIAN_TYPE', `${definition.thing}/${definition.property} is a ${known.type}`)
    }
    return definitions.map((definition) => this.#define(definition))
  }

  findTag(thing: string, property: string): Tag | undefined {
    return this.#byName.get(`${thing}\n${property}`)
  }

  tag(id: number): Tag | undefined {
    return this.#tags[id - 1]
  }

  async append(batch: ReadingBatch) {
    if (this.refuseWith) throw new IwError(this.refuseWith, 'refused by the test')
    checkBatch(batch)
    this.batches.push(batch)
    for (let row = 0; row < batch.count; row++) this.#keep(batch, row)
    for (const listener of this.#listeners) listener(batch)
    return { duplicate: false }
  }

  last(tag: number): LastReading | undefined {
    const rows = this.rows(tag)
    const last = rows.at(-1)
    const good = rows.findLast(({ quality, value }) => quality === Quality.good && value !== null)
    return last && { ...last, ...(good && { lastGood: { time: good.time, value: good.value } }) }
  }

  eachLast(tags: ArrayLike<number>, visit: LastVisitor): void {
    for (const tag of Array.from(tags)) {
      const last = this.last(tag)
      if (last) visit(tag, last.time, last.value, last.quality)
    }
  }

  /** All rows of a tag by time, each time once, the newest arrival winning. */
  rows(tag: number): Row[] {
    const byTime = new Map((this.#rows.get(tag) ?? []).map((row) => [row.time, row]))
    return [...byTime.values()].sort((a, b) => a.time - b.time)
  }

  async read({ tag, from, to, descending, limit }: RangeQuery): Promise<Series> {
    const all = this.rows(tag).filter(({ time }) => time >= from && time < to)
    if (descending) all.reverse()
    const rows = all.slice(0, limit)
    const type = this.tag(tag)?.type
    return {
      tag,
      count: rows.length,
      time: Float64Array.from(rows, ({ time }) => time),
      value: Float64Array.from(rows, ({ value }) => numeric(value)),
      quality: Uint8Array.from(rows, ({ quality }) => quality),
      ...(type === 'string' && { text: rows.map(({ value }) => (typeof value === 'string' ? value : null)) }),
      ...(type === 'integer' && { integer: rows.map(({ value }) => (typeof value === 'bigint' ? value : null)) }),
      more: rows.length < all.length,
    }
  }

  async trend({ tag, from, to, buckets }: TrendQuery): Promise<Trend> {
    const width = (to - from) / buckets
    const edges = Float64Array.from({ length: buckets + 1 }, (_, i) => from + i * width)
    const { bucket, ...columns } = await this.aggregate({ tag, edges })
    return { ...columns, tag, time: Float64Array.from(bucket, (at) => edges[at]!), bucketUs: width }
  }

  async *scan(query: ScanQuery): AsyncGenerator<Series, void, undefined> {
    const series = await this.read({ ...query, limit: Number.POSITIVE_INFINITY })
    if (series.count > 0) yield series
  }

  async before(tag: number, time: number): Promise<ReadingRow | undefined> {
    const found = this.rows(tag).findLast((row) => row.time < time)
    return found && { time: found.time, value: found.value, quality: found.quality }
  }

  async aggregate(query: AggregateQuery): Promise<Aggregates> {
    return plainAggregate(
      this.rows(query.tag).map(({ time, value, quality }) => ({ time, value: asNumber(value), quality })),
      query,
    )
  }

  tags(): readonly Tag[] {
    return this.#tags
  }

  async settle(): Promise<void> {}

  async backup(): Promise<ReadingsBackup> {
    throw new IwError('IW_HISTORIAN_UNSUPPORTED', 'There is nothing on a disk')
  }

  status(): HistorianStatus {
    return { ...plainStatus, tags: this.#tags.length, batches: this.batches.length }
  }

  onCommitted(listener: (batch: ReadingBatch) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #define(definition: TagDefinition): Tag {
    const name = `${definition.thing}\n${definition.property}`
    const known = this.#byName.get(name)
    if (known) return known
    const tag = { ...definition, id: this.#tags.length + 1 }
    this.#tags.push(tag)
    this.#byName.set(name, tag)
    return tag
  }

  #keep(batch: ReadingBatch, row: number): void {
    const id = batch.tag[row]!
    const type = this.tag(id)?.type
    if (!type) throw new IwError('IW_HISTORIAN_UNKNOWN_TAG', `There is no tag ${id}`)
    const rows = this.#rows.get(id) ?? []
    this.#rows.set(id, rows)
    rows.push({
      time: batch.time[row]!,
      arrivedAt: batch.arrivedAt,
      value: valueAt(batch, row, type),
      quality: batch.quality[row]!,
    })
  }
}

function valueAt({ texts, integers, value }: ReadingBatch, row: number, type: Tag['type']): Value {
  const text = texts?.row.indexOf(row) ?? -1
  if (text >= 0) return texts!.text[text]!
  const integer = integers?.row.indexOf(row) ?? -1
  if (integer >= 0) return integers!.integer[integer]!
  const number = value[row]!
  if (Number.isNaN(number)) return null
  return type === 'boolean' ? number !== 0 : number
}

const numeric = (value: Value): number =>
  typeof value === 'number' || typeof value === 'boolean' ? Number(value) : Number.NaN

const asNumber = (value: Value): number => (typeof value === 'bigint' ? Number(value) : numeric(value))
