import { type Clock, IwError, type Logger, type Microseconds } from '#kernel'
import { checkBatch, type ReadingBatch, type Tag, type TagDefinition, type TagId } from '#model'
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
  Receipt,
  ScanQuery,
  Series,
  Trend,
  TrendQuery,
} from '#ports'
import { type Address, readAddress } from './address.ts'
import { aggregatesOf } from './aggregate.ts'
import { checkAggregate, checkLimit, checkRange, checkTexts, checkTrend } from './checks.ts'
import { Facts } from './facts.ts'
import { Latency } from './latency.ts'
import { type Link, openLink } from './link.ts'
import { Marks, selectMarks } from './marks.ts'
import { NewestReadings } from './newest.ts'
import { createDatabase, createTables } from './schema.ts'
import { Rows } from './series.ts'
import { Snapshots } from './snapshots.ts'
import { selectBuckets, selectRows } from './statements.ts'
import { askKept, type Kept, unknownStorage } from './storage-status.ts'
import { encodeTags, selectTags, Tags, tagsOf } from './tags.ts'
import { trendEdges, trendOf } from './trend.ts'
import { Writer } from './writer.ts'

export interface ClickHouseOptions {
  /** `clickhouse://user:password@host:8123/database`, or `clickhouses://` over TLS. */
  readonly url: string
  /** Who writes into the database: one instance, always the same. */
  readonly owner: string
  readonly clock: Clock
  readonly log: Logger
  /** Inserts begin at least so far apart, ms; an acknowledgement waits no longer for company. */
  readonly groupMs?: number
}

const defaultGroupMs = 250
const waitingRows = 2_000_000
const sliceRows = 16_384
const probeEveryMs = 1000
/** Numbers of inserts of one start of the program. */
const seqsAStart = 2n ** 32n

/**
 * A historian that keeps its readings in ClickHouse. The server's answer to an insert is the point of acknowledgement.
 * Throws `IW_STORAGE_OPEN` for an address that is none; the package `@clickhouse/client` is loaded by `start`.
 */
export const createClickHouseHistorian = (options: ClickHouseOptions): Historian => new ClickHouseHistorian(options)

class ClickHouseHistorian implements Historian {
  readonly #options: ClickHouseOptions
  readonly #address: Address
  readonly #tags = new Tags()
  readonly #newest = new NewestReadings()
  readonly #marks = new Marks()
  readonly #listeners = new Set<(batch: ReadingBatch) => void>()
  readonly #latency: Latency
  #link!: Link
  #writer!: Writer
  #snapshots!: Snapshots
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new'
  #refusal: HistorianStatus['refusal']
  #kept: Kept = { storage: unknownStorage, freeBytes: 0 }
  #counts = { readings: 0, batches: 0, duplicates: 0, commits: 0 }
  #replayed = 0
  /** Definitions one after the other: ids are given by this program alone. */
  #defining: Promise<unknown> = Promise.resolve()
  #cancelProbe: (() => void) | undefined

  constructor(options: ClickHouseOptions) {
    this.#options = options
    this.#address = readAddress(options.url)
    this.#latency = new Latency()
  }

  async start(): Promise<void> {
    this.#link = await openLink(this.#address, this.#options.log)
    try {
      await this.#open(this.#link)
    } catch (error) {
      await this.#link.close()
      throw error
    }
    this.#state = 'running'
    this.#snapshots.begin(() => this.#lookAround())
    this.#options.log.info({ server: this.#address.shown, tags: this.#tags.count }, 'readings are kept in ClickHouse')
  }

  async #open(link: Link): Promise<void> {
    const { clock, log, owner, groupMs = defaultGroupMs } = this.#options
    const { database, shown } = this.#address
    const facts = new Facts(link, database)
    await link.command(createDatabase(database))
    for (const table of createTables(database)) await link.command(table)
    await facts.own(owner, BigInt(clock.now()), shown)
    const start = (await facts.greatest('start')) + 1n
    await facts.add('start', start)
    const outcome = (error: IwError | undefined) => this.#outcome(error)
    this.#writer = new Writer({ link, database, clock, firstSeq: start * seqsAStart, groupMs, waitingRows, outcome })
    const storedSeq = () => this.#writer.storedSeq
    this.#snapshots = new Snapshots({ link, database, facts, newest: this.#newest, clock, log, storedSeq })
    await this.#load()
    await this.#lookAround()
  }

  async stop(): Promise<void> {
    if (this.#state !== 'running') return
    this.#state = 'stopping'
    this.#snapshots.stop()
    this.#cancelProbe?.()
    await this.#writer.idle()
    await this.#defining
    await this.#snapshots.write()
    await this.#link.close()
    this.#state = 'stopped'
  }

  async defineTags(definitions: readonly TagDefinition[]): Promise<readonly Tag[]> {
    this.#checkRunning()
    const defined = this.#defining.then(() => this.#define(definitions))
    this.#defining = defined.catch(() => {})
    return await defined
  }

  findTag(thing: string, property: string): Tag | undefined {
    return this.#tags.find(thing, property)
  }

  tag(id: TagId): Tag | undefined {
    return this.#tags.get(id)
  }

  tags(): readonly Tag[] {
    return this.#tags.all()
  }

  async append(batch: ReadingBatch): Promise<Receipt> {
    checkBatch(batch)
    checkTexts(batch)
    this.#tags.checkRows(batch)
    this.#checkRunning()
    const original = this.#marks.duplicateOf(batch.source, batch.sequence)
    if (original !== undefined) {
      const receipt = await original
      this.#counts.duplicates++
      return receipt
    }
    if (batch.count === 0 && batch.sequence === 0) return { duplicate: false }
    return await this.#submit(batch)
  }

  last(id: TagId): LastReading | undefined {
    const tag = this.#tags.get(id)
    return tag && this.#newest.get(tag)
  }

  eachLast(tags: ArrayLike<TagId>, visit: LastVisitor): void {
    for (let i = 0; i < tags.length; i++) {
      const last = this.last(tags[i]!)
      if (last) visit(tags[i]!, last.time, last.value, last.quality)
    }
  }

  async read(query: RangeQuery): Promise<Series> {
    checkRange(query)
    checkLimit(query.limit)
    const tag = this.#tagOf(query.tag)
    const rows = new Rows(tag, await this.#select({ ...query, limit: query.limit + 1 }))
    return rows.take(query.limit, rows.count > query.limit)
  }

  async *scan(query: ScanQuery): AsyncGenerator<Series, void, undefined> {
    checkRange(query)
    const rows = new Rows(this.#tagOf(query.tag))
    for await (const block of this.#link.stream(selectRows(this.#address.database, query))) {
      rows.add(block)
      while (rows.count > sliceRows) yield rows.take(sliceRows, true)
    }
    if (rows.count > 0) yield rows.take(sliceRows, false)
  }

  async before(tag: TagId, time: Microseconds): Promise<ReadingRow | undefined> {
    return new Rows(
      this.#tagOf(tag),
      await this.#select({ tag, from: 0, to: time, descending: true, limit: 1 }),
    ).first()
  }

  async aggregate(query: AggregateQuery): Promise<Aggregates> {
    checkAggregate(query, this.#tagOf(query.tag))
    return await this.#aggregate(query)
  }

  async trend(query: TrendQuery): Promise<Trend> {
    checkTrend(query, this.#tagOf(query.tag))
    const edges = trendEdges(query)
    return trendOf(await this.#aggregate({ tag: query.tag, edges }), edges)
  }

  async settle(): Promise<void> {
    this.#checkRunning()
    const { database } = this.#address
    await this.#writer.idle()
    for (const table of ['readings', 'tags', 'marks', 'last_readings'])
      await this.#link.command(`OPTIMIZE TABLE \`${database}\`.${table} FINAL`)
    await this.#snapshots.write()
    await this.#lookAround()
  }

  async backup(): Promise<ReadingsBackup> {
    const { database } = this.#address
    throw new IwError(
      'IW_HISTORIAN_UNSUPPORTED',
      `Readings are kept in ClickHouse: back them up there, with BACKUP DATABASE ${database} TO Disk(…) or S3(…)`,
    )
  }

  status(): HistorianStatus {
    const { storage, freeBytes } = this.#kept
    return {
      accepting: this.#state === 'running' && !this.#refusal,
      ...(this.#refusal && { refusal: this.#refusal }),
      tags: this.#tags.count,
      ...this.#counts,
      acknowledgeMs: this.#latency.measures(),
      journalBytes: 0,
      headBytes: 0,
      headRows: this.#writer?.waitingRows ?? 0,
      parts: storage.days.files,
      partBytes: storage.days.bytes,
      freeBytes,
      storage,
      recovery: { rows: this.#replayed, tornBytes: 0, setAside: [] },
    }
  }

  onCommitted(listener: (batch: ReadingBatch) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What the server knows: tags, marks, and last values from their snapshot and from all that came after it. */
  async #load(): Promise<void> {
    const { database } = this.#address
    for (const block of await this.#link.rows(selectTags(database)))
      for (const tag of tagsOf(block)) this.#tags.put(tag)
    for (const block of await this.#link.rows(selectMarks(database))) this.#marks.load(block)
    this.#replayed = await this.#snapshots.load()
  }

  async #lookAround(): Promise<void> {
    this.#kept = await askKept(this.#link, this.#address.database)
  }

  async #define(definitions: readonly TagDefinition[]): Promise<readonly Tag[]> {
    const missing = this.#tags.missing(definitions)
    if (missing.length > 0) {
      const version = BigInt(this.#options.clock.now())
      await this.#link.insert(
        `\`${this.#address.database}\`.tags (tag, thing, property, type, unit, version)`,
        encodeTags(missing, version),
      )
      for (const tag of missing) this.#tags.put(tag)
    }
    return definitions.map(({ thing, property }) => this.#tags.find(thing, property)!)
  }

  #submit(batch: ReadingBatch): Promise<Receipt> {
    const { clock } = this.#options
    const { source, sequence } = batch
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>()
    const since = clock.monotonicMs()
    this.#writer.add({
      batch,
      stored: () => {
        this.#latency.add(clock.monotonicMs() - since)
        this.#marks.settled(source, sequence, true)
        this.#stored(batch)
        resolve({ duplicate: false })
      },
      refused: (error) => {
        this.#marks.settled(source, sequence, false)
        reject(error)
      },
    })
    this.#marks.submitted(source, sequence, promise)
    return promise
  }

  #stored(batch: ReadingBatch): void {
    this.#newest.addBatch(batch)
    this.#counts.readings += batch.count
    this.#counts.batches++
    for (const listener of this.#listeners) {
      try {
        listener(batch)
      } catch (error) {
        this.#options.log.error({ err: error }, 'a listener to committed readings failed')
      }
    }
  }

  #select(query: Parameters<typeof selectRows>[1]) {
    return this.#link.rows(selectRows(this.#address.database, query))
  }

  async #aggregate(query: AggregateQuery): Promise<Aggregates> {
    const { tag, edges, timeWeighted } = query
    const blocks = this.#link.rows(selectBuckets(this.#address.database, query))
    if (!timeWeighted) return aggregatesOf(query, await blocks)
    const [sums, before, after] = await Promise.all([
      blocks,
      this.before(tag, edges[0]!),
      this.#select({ tag, from: edges.at(-1)!, to: Number.POSITIVE_INFINITY, limit: 1 }),
    ])
    return aggregatesOf(query, sums, before, new Rows(this.#tagOf(tag), after).first())
  }

  #tagOf(id: TagId): Tag {
    const tag = this.#tags.get(id)
    if (!tag) throw new IwError('IW_HISTORIAN_UNKNOWN_TAG', `No tag has the id ${id}`)
    return tag
  }

  #checkRunning(): void {
    if (this.#state !== 'running')
      throw new IwError(
        'IW_HISTORIAN_STOPPED',
        this.#state === 'new' ? 'The historian has not started' : 'The historian stops',
      )
  }

  /** A server that does not store makes the instance say so; each batch is tried all the same, and the server asked each second. */
  #outcome(error: IwError | undefined): void {
    const { clock, log } = this.#options
    if (!error) {
      this.#counts.commits++
      this.#acceptAgain()
      return
    }
    const { code, message } = error
    if (code !== 'IW_HISTORIAN_DISK_FULL' && code !== 'IW_HISTORIAN_DISK_ERROR') {
      log.warn({ code, message }, 'ClickHouse did not take an insert')
      return
    }
    if (this.#refusal) return
    this.#refusal = { code, message, since: clock.now() }
    log.error({ code, message }, 'nothing is acknowledged any more')
    this.#probeLater()
  }

  #acceptAgain(): void {
    if (!this.#refusal) return
    this.#refusal = undefined
    this.#cancelProbe?.()
    this.#options.log.info({}, 'ClickHouse takes readings again: acknowledging goes on')
  }

  #probeLater(): void {
    this.#cancelProbe = this.#options.clock.after(probeEveryMs, () => {
      const { database } = this.#address
      this.#link
        .command(`INSERT INTO \`${database}\`.facts (name, at, text) VALUES ('probe', 0, '')`)
        .then(() => this.#acceptAgain())
        .catch(() => this.#state === 'running' && this.#refusal && this.#probeLater())
    })
  }
}
