import { createHash } from 'node:crypto'
import { type Clock, delay, type ErrorCode, IwError, isIwError, type Logger } from '#kernel'
import { Child } from '#sandbox'
import type { EventLog } from '../events/event-log.ts'
import type { IngestOptions } from '../ingest/ingest.ts'
import { sequentialIds } from '../sequential-ids.ts'
import { serial } from '../serial.ts'
import { ReaderThread } from './csv/reader-thread.ts'
import { CsvImport, headBytes } from './csv-import.ts'
import { LineImport } from './line-import.ts'
import type { ImportOptions } from './options.ts'
import type { ParquetAnswer, ParquetAsk } from './parquet/messages.ts'
import { ParquetImport } from './parquet-import.ts'
import { fresh, type ImportFormat, type ImportRecord } from './record.ts'
import type { RejectedRow } from './rejected.ts'
import { type ImportStore, keptRejected } from './store.ts'
import type { ReadStretch } from './stretch.ts'
import { addStretch, tooManyRejects } from './tally.ts'
import { Uploads } from './uploads.ts'
import { type ImportView, viewOf } from './view.ts'

/** What a file is, and how it is to be read. */
export interface ImportRequest {
  readonly name: string
  readonly format: ImportFormat
  readonly bytes: number
  /** Tells the file from others: who sends the same again goes on where it stopped. */
  readonly fingerprint: string
  readonly options: ImportOptions
  readonly zone: string
  readonly dryRun: boolean
  /** Start over even where the same file was imported before. */
  readonly again: boolean
}

/** Files on their way in. */
export interface Imports {
  /** Finds the import of this file, or starts one. */
  begin(request: ImportRequest): Promise<ImportView>
  /**
   * Takes the bytes from `offset` on; resolves when the rows are on disk, up to the `offset` of the answer: that is where to
   * go on. Throws `IW_CONNECT_IMPORT_OFFSET` (detail: `offset`), `_STATE`, `_NOT_FOUND`, `_PLAN`, and what the historian
   * throws; the import can then go on at its offset.
   */
  take(id: string, offset: number, bytes: Uint8Array): Promise<ImportView>
  get(id: string): Promise<ImportView>
  /** Newest first. */
  list(limit: number): Promise<readonly ImportView[]>
  /** Ends it; what was stored stays. */
  cancel(id: string): Promise<void>
  /** Rows that were not taken, by line, after `line`. */
  rejected(id: string, line: number, limit: number): Promise<readonly RejectedRow[]>
}

export interface ImportsOptions extends IngestOptions {
  readonly store: ImportStore
  readonly clock: Clock
  readonly log: Logger
  readonly events: EventLog
  /** For files that have to be there as a whole; without it Parquet is refused. */
  readonly folder: string | undefined
}

/** The largest chunk; one that is not the last has to hold at least `leastChunkBytes`. */
export const mostChunkBytes = 8 * 1024 * 1024
export const leastChunkBytes = 2 * 1024 * 1024
/** The largest file, 16 TiB. */
export const mostFileBytes = 2 ** 44
const mostDryRuns = 16
const mostAtOnce = 8
const retryMs = 5_000
/** Failures that pass. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'IW_HISTORIAN_DISK_FULL',
  'IW_HISTORIAN_DISK_ERROR',
  'IW_HISTORIAN_BUSY',
  'IW_HISTORIAN_STOPPED',
  'IW_SANDBOX_ENDED',
])

interface Active {
  readonly record: ImportRecord
  readonly oneAtATime: ReturnType<typeof serial>
  csv?: CsvImport
  lines?: LineImport
  parquet?: ParquetImport
  /** A Parquet file is being read. */
  reading?: Promise<void>
  /** Definitions changed since the last chunk. */
  isStale?: boolean
}

/** The imports of this instance. What a kill leaves is an offset on disk, and readings that are stored up to it or beyond. */
export class FileImports implements Imports {
  readonly #options: ImportsOptions
  readonly #reader: ReaderThread
  readonly #child: Child<ParquetAsk, ParquetAnswer>
  readonly #uploads: Uploads
  #stopping = false
  readonly #nextId: () => string
  readonly #active = new Map<string, Active>()
  /** Rejected rows of dry runs. */
  readonly #dryRejected = new Map<string, RejectedRow[]>()
  #taking = 0

  constructor(options: ImportsOptions) {
    this.#options = options
    this.#reader = new ReaderThread(options.clock)
    this.#nextId = sequentialIds(options.clock)
    this.#uploads = new Uploads(options.folder)
    this.#child = new Child({
      name: 'parquet import',
      importMetaUrl: import.meta.url,
      module: './parquet/child',
      log: options.log,
      clock: options.clock,
      memoryLimitBytes: 600 * 2 ** 20,
      niceness: 5,
    })
  }

  /** Goes on with the files that were there when it stopped. */
  async start(): Promise<void> {
    const running = await this.#options.store.unfinished()
    await this.#uploads.removeOthers(new Set(running.map(({ id }) => id)))
    for (const { id, format, state, offset, bytes } of running)
      if (format === 'parquet' && state === 'running' && offset === bytes) this.#startReading(await this.#load(id))
  }

  /** The definition of a thing changed or went. */
  forget(): void {
    for (const active of this.#active.values()) {
      active.lines?.forget()
      active.isStale = true
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true
    for (const { oneAtATime, reading } of this.#active.values()) {
      await oneAtATime(async () => {})
      await reading
    }
    await this.#child.close()
    await this.#reader.close()
  }

  async begin(request: ImportRequest): Promise<ImportView> {
    const fingerprint = fingerprintOf(request)
    const before = request.dryRun || request.again ? undefined : await this.#options.store.find(fingerprint)
    if (before && before.state !== 'cancelled' && before.state !== 'failed')
      return this.#goOn(await this.#load(before.id), request)
    const { name, format, bytes, options, zone, dryRun } = request
    const record: ImportRecord = {
      id: this.#nextId(),
      ...{ name, format, fingerprint, options, zone, dryRun, bytes },
      createdAt: this.#options.clock.now(),
      ...fresh,
      problems: [],
      inDoubt: [],
    }
    if (format === 'parquet') {
      this.#uploads.pathOf(record.id)
      await this.#uploads.checkRoom(bytes)
    }
    if (dryRun) this.#forgetOldDryRuns()
    else await this.#options.store.insert(record)
    const active = { record, oneAtATime: serial() }
    this.#active.set(record.id, active)
    return this.#view(active)
  }

  async take(id: string, offset: number, bytes: Uint8Array): Promise<ImportView> {
    if (this.#taking >= mostAtOnce)
      throw new IwError('IW_CONNECT_TOO_MANY', `${mostAtOnce} chunks are being read already`)
    this.#taking++
    try {
      const active = await this.#load(id)
      return await active.oneAtATime(() => this.#take(active, offset, bytes))
    } finally {
      this.#taking--
    }
  }

  async get(id: string): Promise<ImportView> {
    return this.#view(await this.#load(id))
  }

  async list(limit: number): Promise<readonly ImportView[]> {
    const stored = await this.#options.store.list(limit)
    const dry = [...this.#active.values()].filter(({ record }) => record.dryRun).toReversed()
    const kept = stored.map((record) => this.#active.get(record.id) ?? { record })
    return [...dry, ...kept].slice(0, limit).map((one) => this.#view(one))
  }

  async cancel(id: string): Promise<void> {
    const active = await this.#load(id)
    await active.oneAtATime(async () => {
      if (active.record.state === 'running' || active.record.state === 'paused') await this.#end(active, 'cancelled')
    })
    if (active.record.dryRun) this.#drop(id)
  }

  async rejected(id: string, line: number, limit: number): Promise<readonly RejectedRow[]> {
    const { record } = await this.#load(id)
    if (!record.dryRun) return this.#options.store.rejected(id, line, limit)
    return (this.#dryRejected.get(id) ?? []).filter((row) => row.line > line).slice(0, limit)
  }

  async #load(id: string): Promise<Active> {
    const known = this.#active.get(id)
    if (known) return known
    const record = await this.#options.store.get(id)
    if (!record) throw new IwError('IW_CONNECT_IMPORT_NOT_FOUND', `There is no import "${id.slice(0, 40)}"`)
    // Two may have asked meanwhile: the first one's is it.
    const active = this.#active.get(id) ?? { record, oneAtATime: serial() }
    if (record.state === 'running' || record.state === 'paused') this.#active.set(id, active)
    return active
  }

  /** The same file again: a paused import goes on where a greater share of bad rows is permitted now. */
  async #goOn(active: Active, { options }: ImportRequest): Promise<ImportView> {
    return active.oneAtATime(async () => {
      const { record } = active
      if (record.state !== 'paused') return this.#view(active)
      record.state = 'running'
      delete record.error
      Object.assign(record.options, { maxRejects: options.maxRejects })
      await this.#options.store.forgetRejected(record.id, record.line)
      await this.#options.store.save(record)
      if (record.format === 'parquet' && record.offset === record.bytes) this.#startReading(active)
      return this.#view(active)
    })
  }

  async #take(active: Active, offset: number, bytes: Uint8Array): Promise<ImportView> {
    const { record } = active
    this.#check(record, offset, bytes)
    if (record.format === 'parquet') return this.#receive(active, bytes)
    const rejected: RejectedRow[] = []
    try {
      if (record.format === 'csv') await this.#prepare(active, bytes)
      await this.#read(active, bytes, rejected)
    } catch (error) {
      if (!isIwError(error, 'IW_CONNECT_IMPORT_PLAN') && !isIwError(error, 'IW_HISTORIAN_TYPE')) throw error
      await this.#end(active, 'failed', error)
      throw error
    } finally {
      await this.#keep(record, rejected)
    }
    if (record.state === 'running' && record.offset === record.bytes) await this.#end(active, 'done')
    return this.#view(active)
  }

  #check({ id, state, offset, bytes: fileBytes, dryRun }: ImportRecord, from: number, bytes: Uint8Array): void {
    if (state !== 'running') throw new IwError('IW_CONNECT_IMPORT_STATE', `The import ${id} is ${state}`)
    const end = from + bytes.length
    if (from !== offset)
      throw new IwError('IW_CONNECT_IMPORT_OFFSET', `${from} is not where it goes on: that is ${offset}`, {
        detail: { offset },
      })
    if (end > fileBytes)
      throw new IwError(
        'IW_CONNECT_IMPORT_OFFSET',
        `The file was said to have ${fileBytes} bytes, not ${end} or more`,
        {
          detail: { offset },
        },
      )
    if (end < fileBytes && bytes.length < (dryRun ? headBytes : leastChunkBytes))
      throw new IwError(
        'IW_CONNECT_IMPORT_OFFSET',
        `A chunk has ${leastChunkBytes} bytes or more, unless the file ends with it`,
        { detail: { offset } },
      )
  }

  async #receive(active: Active, bytes: Uint8Array): Promise<ImportView> {
    const { record } = active
    await this.#uploads.checkRoom(record.bytes - record.offset)
    await this.#uploads.write(record.id, record.offset, bytes)
    record.offset += bytes.length
    await this.#keep(record, [])
    if (record.offset === record.bytes) this.#startReading(active)
    return this.#view(active)
  }

  #startReading(active: Active): void {
    active.reading = this.#readWhole(active)
  }

  /** Reads a Parquet file to its end. What passes (a full disk, a child that died) is tried again. */
  async #readWhole(active: Active): Promise<void> {
    const { record } = active
    const { clock, log } = this.#options
    while (record.state === 'running' && !this.#stopping) {
      try {
        await this.#readRows(active)
      } catch (error) {
        if (isIwError(error) && !passing.has(error.code)) await this.#end(active, 'failed', error)
        else {
          log.warn({ import: record.id, err: error }, 'an import waits')
          await delay(clock, retryMs)
        }
      }
    }
  }

  async #readRows(active: Active): Promise<void> {
    const { record } = active
    if (active.isStale) delete active.parquet
    active.isStale = false
    const options = { ...this.#options, child: this.#child }
    active.parquet ??= new ParquetImport(options, record, this.#uploads.pathOf(record.id))
    if (!record.plan) await active.parquet.prepare()
    for await (const stretch of active.parquet.read()) {
      const rejected: RejectedRow[] = []
      const goesOn = await this.#store(active, stretch, rejected)
      await this.#keep(record, rejected)
      if (!goesOn || this.#stopping || record.state !== 'running') return
    }
    await this.#end(active, 'done')
  }

  async #prepare(active: Active, bytes: Uint8Array): Promise<void> {
    if (active.isStale) {
      await active.csv?.close()
      delete active.csv
    }
    active.isStale = false
    active.csv ??= new CsvImport({ ...this.#options, reader: this.#reader }, active.record)
    if (!active.record.plan) await active.csv.prepare(bytes)
  }

  async #read(active: Active, bytes: Uint8Array, rejected: RejectedRow[]): Promise<void> {
    const { record } = active
    const { offset, line } = record
    const length = bytes.length
    const isEnd = offset + length === record.bytes
    const chunk = { bytes, offset, line, isEnd }
    if (record.format === 'lines') active.lines ??= new LineImport(this.#options, record)
    const stretches = active.csv?.read(chunk) ?? active.lines!.read(chunk)
    for await (const stretch of stretches) if (!(await this.#store(active, stretch, rejected))) return
    if (record.offset === offset && !isEnd)
      throw new IwError('IW_CONNECT_IMPORT_PLAN', `Line ${line} does not end within ${length} bytes`)
  }

  /** Stores a stretch; false where the import goes no further. */
  async #store(active: Active, stretch: ReadStretch, rejected: RejectedRow[]): Promise<boolean> {
    const { record } = active
    const why = tooManyRejects(record, stretch)
    for (const row of stretch.rejected) if (record.rejected + rejected.length < keptRejected) rejected.push(row)
    if (why !== undefined) {
      record.state = 'paused'
      record.error = { code: 'IW_CONNECT_IMPORT_REJECTS', message: why }
      return false
    }
    await stretch.store()
    addStretch(record, stretch)
    record.inDoubt = stretch.inDoubt
    if (stretch.stop === undefined) return true
    await this.#end(active, 'failed', new IwError('IW_CONNECT_IMPORT_COLUMNS', stretch.stop))
    return false
  }

  async #keep(record: ImportRecord, rejected: readonly RejectedRow[]): Promise<void> {
    if (!record.dryRun) return this.#options.store.save(record, rejected)
    const kept = this.#dryRejected.get(record.id) ?? []
    this.#dryRejected.set(record.id, [...kept, ...rejected].slice(0, keptRejected))
  }

  async #end(active: Active, state: 'done' | 'failed' | 'cancelled', error?: IwError): Promise<void> {
    const { record } = active
    record.state = state
    record.finishedAt = this.#options.clock.now()
    if (error) record.error = { code: error.code, message: error.message }
    await active.csv?.close()
    if (record.format === 'parquet') await this.#uploads.remove(record.id)
    if (record.dryRun) return
    await this.#options.store.save(record)
    this.#active.delete(record.id)
    const { id, name, rows, readings, rejected } = record
    this.#options.log.info({ import: id, file: name, state, rows, readings, rejected }, 'an import has ended')
  }

  #forgetOldDryRuns(): void {
    const dry = [...this.#active.values()].filter(({ record }) => record.dryRun)
    for (const { record } of dry.slice(0, Math.max(0, dry.length + 1 - mostDryRuns))) this.#drop(record.id)
  }

  #drop(id: string): void {
    void this.#active.get(id)?.csv?.close()
    this.#active.delete(id)
    this.#dryRejected.delete(id)
  }

  #view({ record, csv, parquet }: Pick<Active, 'record' | 'csv' | 'parquet'>): ImportView {
    return viewOf(record, (csv ?? parquet)?.book, (tag) => this.#options.historian.tag(tag))
  }
}

/** Of the file and all that decides what its bytes mean; how many bad rows are permitted does not. */
function fingerprintOf({ fingerprint, name, format, bytes, options, zone }: ImportRequest): string {
  const { maxRejects: _, ...meaning } = options
  return createHash('sha256')
    .update(JSON.stringify([fingerprint, name, format, bytes, meaning, zone]))
    .digest('hex')
}
