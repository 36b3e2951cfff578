import { join } from 'node:path'
import { IwError, type Microseconds } from '#kernel'
import { checkBatch, type ReadingBatch, type Tag, type TagDefinition, type TagId } from '#model'
import type {
  AggregateQuery,
  Aggregates,
  BackupOptions,
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
import { backupReadings } from './backup/backup.ts'
import type { FileLayer } from './files/file-layer.ts'
import { type Folders, foldersOf, makeFolders } from './files/folders.ts'
import { realFiles } from './files/real-files.ts'
import { bytesOfRows, Head } from './head/head.ts'
import { LastValues } from './head/last-values.ts'
import { Committer } from './journal/committer.ts'
import { journalHere, journalThread } from './journal/line.ts'
import type { CommitOutcome, FromJournal, JournalLine, RefusalReason } from './journal/messages.ts'
import { encodeReadings, type MeasuredBatch, measureBatch } from './journal/readings-block.ts'
import { LatencyWindow } from './latency.ts'
import type { Merging } from './merge/merging.ts'
import { openMerging } from './merge/open-merging.ts'
import { type Defaults, defaults, type HistorianOptions } from './options.ts'
import { LiveParts } from './parts/live-parts.ts'
import { aggregate, before, read, scan, trend } from './query/queries.ts'
import type { QueryContext } from './query/view.ts'
import { recoverOrRepair } from './repair/recover-or-repair.ts'
import type { Sealed } from './seal/store.ts'
import { type Work, workHere, workThread } from './seal/work.ts'
import { Sealing } from './sealing.ts'
import { Sources } from './sources.ts'
import { createSqlEngine, type OwnSqlEngine } from './sql/engine.ts'
import { storageOf } from './storage-status.ts'
import { TagDefiner } from './tag-definer.ts'
import { TagTable } from './tags.ts'

/** The embedded historian: journal, head and level-0 parts in one folder. One process at a time. */
export const createHistorian = (options: HistorianOptions): Historian => new EmbeddedHistorian(options)

interface WaitingBatch {
  readonly measured: MeasuredBatch
  submit(): void
  refused(error: IwError): void
}

class EmbeddedHistorian implements Historian {
  readonly #options: HistorianOptions & Defaults
  readonly #files: FileLayer
  readonly #folders: Folders
  readonly #tags = new TagTable()
  readonly #sources = new Sources()
  readonly #head = new Head()
  readonly #parts: LiveParts
  readonly #latency: LatencyWindow
  readonly #listeners = new Set<(batch: ReadingBatch) => void>()
  /** Over files of this machine only: a process of its own reads them. */
  readonly sql?: OwnSqlEngine
  #last = new LastValues()
  #line: JournalLine | undefined
  #committer!: Committer
  #definer!: TagDefiner
  #work!: Work
  #sealing!: Sealing
  #merging!: Merging
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new'
  #refusal: (RefusalReason & { since: number }) | undefined
  #readyAgain = false
  /** Batches that wait for room in the head, oldest first, and the bytes of their blocks. */
  #waiting: WaitingBatch[] = []
  #waitingBytes = 0
  #rowsInFlight = 0
  #cancelRotate: (() => void) | undefined
  #rotating = false
  #freeBytes = 0
  #openSegment = { number: 0, bytes: 0 }
  #counts = { readings: 0, batches: 0, duplicates: 0, commits: 0 }
  #recovery = { rows: 0, tornBytes: 0, setAside: [] as string[] }
  #closed = Promise.withResolvers<void>()
  #whenIdle: (() => void)[] = []
  /** Called when a segment was ended or sealed, or nothing is acknowledged any more. */
  #whenSealed: ((failure?: unknown) => void)[] = []

  constructor(options: HistorianOptions) {
    this.#options = { ...defaults, ...options }
    this.#files = options.files ?? realFiles
    this.#folders = foldersOf(options.folder)
    this.#parts = new LiveParts(this.#files, this.#folders.parts, options.log)
    this.#latency = new LatencyWindow(options.clock.monotonicMs())
    if (!options.files) this.sql = this.#sqlEngine()
  }

  async start(): Promise<void> {
    const { clock, log } = this.#options
    makeFolders(this.#files, this.#folders)
    const targets = { tags: this.#tags, sources: this.#sources, head: this.#head }
    const { found, repaired } = await recoverOrRepair(this.#files, this.#folders, targets, log)
    this.#last = found.last
    this.#last.reserve(this.#tags.highest)
    this.#recovery = { rows: found.rows, tornBytes: found.tornBytes, setAside: [...repaired, ...found.setAside] }
    this.#freeBytes = this.#files.space(this.#folders.journal).free
    this.#openJournal(found.nextSegment)
    this.#committer = new Committer(this.#line!, found.lastBlock + 1)
    this.#definer = new TagDefiner(this.#tags, (submission) => this.#committer.submit(submission))
    this.#work = this.#options.files ? workHere(this.#files, this.#folders.root) : workThread(this.#folders.root, clock)
    this.#parts.open(found.parts, this.#work)
    this.#merging = this.#openMerging(found.manifest.passedDay)
    this.#sealing = new Sealing(this.#work, clock, log, {
      sealed: (sealed) => this.#sealed(sealed),
      failed: (error) => this.#tellSealed(error),
    })
    this.sql?.start()
    this.#state = 'running'
    for (const part of found.damagedParts) await this.#parts.setAside(part, new Error('missing or cut short'))
    for (const segment of found.segments) this.#sealing.add(segment)
    this.#merging.start()
  }

  async stop(): Promise<void> {
    if (this.#state !== 'running') return
    this.#state = 'stopping'
    this.#cancelRotate?.()
    while (this.#waiting.length > 0 || this.#committer.bytesInFlight > 0)
      await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
    this.#line!.send({ kind: 'close' })
    await this.#closed.promise
    await this.sql?.close()
    await this.#merging.stop()
    this.#parts.close()
    await this.#sealing.stop()
    this.#state = 'stopped'
    this.#tellSealed()
  }

  async defineTags(definitions: readonly TagDefinition[]): Promise<readonly Tag[]> {
    this.#checkAccepting()
    return this.#definer.define(definitions)
  }

  findTag(thing: string, property: string): Tag | undefined {
    return this.#tags.find(thing, property)
  }

  tag(id: TagId): Tag | undefined {
    return this.#tags.get(id)
  }

  async append(batch: ReadingBatch): Promise<Receipt> {
    checkBatch(batch)
    this.#tags.checkRows(batch)
    this.#checkRunning()
    const original = this.#sources.duplicateOf(batch.source, batch.sequence)
    if (original !== undefined) {
      const receipt = await original
      this.#counts.duplicates++
      return receipt
    }
    this.#checkAccepting()
    if (batch.count === 0 && batch.sequence === 0) return { duplicate: false }
    const measured = measureBatch(batch)
    this.#checkRoom(measured)
    return this.#submit(measured)
  }

  last(tag: TagId): LastReading | undefined {
    return this.#last.get(tag, this.#tags.get(tag)?.type === 'boolean')
  }

  eachLast(tags: ArrayLike<TagId>, visit: LastVisitor): void {
    for (let i = 0; i < tags.length; i++) this.#visitLast(tags[i]!, visit)
  }

  #visitLast(tag: TagId, visit: LastVisitor): void {
    this.#last.visit(tag, this.#tags.get(tag)?.type === 'boolean', visit)
  }

  async read(query: RangeQuery): Promise<Series> {
    return read(this.#queryContext, query)
  }

  async trend(query: TrendQuery): Promise<Trend> {
    return trend(this.#queryContext, query)
  }

  scan(query: ScanQuery): AsyncGenerator<Series, void, undefined> {
    return scan(this.#queryContext, query)
  }

  async before(tag: TagId, time: Microseconds): Promise<ReadingRow | undefined> {
    return before(this.#queryContext, tag, time)
  }

  async aggregate(query: AggregateQuery): Promise<Aggregates> {
    return aggregate(this.#queryContext, query)
  }

  tags(): readonly Tag[] {
    return this.#tags.all()
  }

  async settle(): Promise<void> {
    this.#checkAccepting()
    const last = this.#head.segments.at(-1)?.number ?? 0
    while (this.#head.segments.some(({ number }) => number <= last)) {
      if (this.#openSegment.number <= last) this.#rotate()
      const failure = await new Promise<unknown>((resolve) => this.#whenSealed.push(resolve))
      this.#checkAccepting()
      if (failure) throw new IwError('IW_HISTORIAN_DISK_ERROR', `The journal could not be sealed: ${failure}`)
    }
    await this.#merging.settle()
  }

  async backup(folder: string, options?: BackupOptions): Promise<ReadingsBackup> {
    this.#checkRunning()
    if (this.#options.files) throw new IwError('IW_HISTORIAN_UNSUPPORTED', 'Only files of this machine are backed up')
    const source = {
      folders: this.#folders,
      tags: this.#tags.count,
      snapshot: (target: string) => this.#work.snapshot(target),
      pin: () => this.#parts.catalogue.pin(),
    }
    return backupReadings(source, folder, options)
  }

  onCommitted(listener: (batch: ReadingBatch) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  status(): HistorianStatus {
    const now = this.#options.clock.monotonicMs()
    const { parts } = this.#parts.catalogue
    const setAside = [...this.#recovery.setAside, ...this.#parts.setAsideNames]
    return {
      accepting: this.#state === 'running' && !this.#refusal,
      ...(this.#refusal && { refusal: this.#refusal }),
      tags: this.#tags.count,
      ...this.#counts,
      acknowledgeMs: { p50: this.#latency.quantile(0.5, now), p99: this.#latency.quantile(0.99, now) },
      journalBytes: this.#openSegment.bytes,
      headBytes: this.#head.bytes,
      headRows: this.#head.rows,
      parts: parts.length,
      partBytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
      freeBytes: this.#freeBytes,
      storage: { ...storageOf(parts, setAside), ...this.#mergingStatus },
      recovery: { ...this.#recovery, setAside },
    }
  }

  get #mergingStatus(): Merging['status'] {
    return this.#state === 'new' ? { retention: this.#options.retention, expiredRows: 0 } : this.#merging.status
  }

  #sqlEngine(): OwnSqlEngine {
    const { clock, log } = this.#options
    return createSqlEngine({
      head: this.#head,
      catalogue: this.#parts.catalogue,
      tags: this.#tags,
      parts: this.#folders.parts,
      temporary: join(this.#folders.root, 'sql.tmp'),
      setAside: (part, error) => this.#parts.setAside(part, error),
      clock,
      log,
    })
  }

  get #queryContext(): QueryContext {
    return {
      head: this.#head,
      catalogue: this.#parts.catalogue,
      findTag: (id) => this.#tags.get(id),
      setAside: (part, error) => this.#parts.setAside(part, error),
    }
  }

  #checkRunning(): void {
    if (this.#state !== 'running')
      throw new IwError(
        'IW_HISTORIAN_STOPPED',
        this.#state === 'new' ? 'The historian has not started' : 'The historian stops',
      )
  }

  #checkAccepting(): void {
    this.#checkRunning()
    if (this.#refusal) throw new IwError(this.#refusal.code, this.#refusal.message)
  }

  #checkRoom({ bytes }: MeasuredBatch): void {
    const inFlight = this.#committer.bytesInFlight + this.#waitingBytes
    if (inFlight > 0 && inFlight + bytes > this.#options.inFlightBytes)
      throw new IwError('IW_HISTORIAN_BUSY', `${inFlight} bytes wait to be written already`)
  }

  #submit(measured: MeasuredBatch): Promise<Receipt> {
    const { batch, bytes } = measured
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>()
    const { clock } = this.#options
    const since = clock.monotonicMs()
    const submission = {
      bytes,
      encode: (buffer: ArrayBuffer, at: number, number: number) => encodeReadings(measured, buffer, at, number),
      committed: (segment: number) => {
        this.#rowsInFlight -= batch.count
        this.#committed(segment, batch)
        const now = clock.monotonicMs()
        this.#latency.add(now - since, now)
        resolve({ duplicate: false })
      },
      refused: (error: IwError) => {
        this.#rowsInFlight -= batch.count
        this.#sources.refused(batch.source, batch.sequence)
        reject(error)
      },
    }
    const submit = () => {
      this.#rowsInFlight += batch.count
      this.#committer.submit(submission)
    }
    this.#sources.submitted(batch.source, batch.sequence, promise)
    if (this.#waiting.length === 0 && this.#hasHeadRoom(batch.count)) submit()
    else this.#waitForRoom({ measured, submit, refused: (error) => this.#refuseWaiting(batch, error, reject) })
    return promise
  }

  #committed(segment: number, batch: ReadingBatch): void {
    this.#head.add(segment, batch, this.#tags.highest)
    this.#last.add(batch, this.#tags.highest)
    this.#sources.committed(batch.source, batch.sequence)
    this.#counts.readings += batch.count
    this.#counts.batches++
    this.#rotateLater()
    for (const listener of this.#listeners) {
      try {
        listener(batch)
      } catch (error) {
        this.#options.log.error({ err: error }, 'a listener to committed readings failed')
      }
    }
  }

  #hasHeadRoom(rows: number): boolean {
    if (this.#head.rows === 0 && this.#rowsInFlight === 0) return true
    return this.#head.bytes + bytesOfRows(this.#rowsInFlight + rows) <= this.#options.headBytes
  }

  /** The head is full until a segment is sealed; where none is under way the open one is ended for it. */
  #waitForRoom(waiting: WaitingBatch): void {
    this.#waiting.push(waiting)
    this.#waitingBytes += waiting.measured.bytes
    this.#makeRoom()
  }

  #makeRoom(): void {
    if (this.#waiting.length > 0 && !this.#sealing.busy && this.#committer.bytesInFlight === 0) this.#rotate()
  }

  #admitWaiting(): void {
    while (this.#waiting.length > 0 && this.#hasHeadRoom(this.#waiting[0]!.measured.batch.count)) {
      const { measured, submit } = this.#waiting.shift()!
      this.#waitingBytes -= measured.bytes
      submit()
    }
    this.#makeRoom()
  }

  #refuseWaiting(batch: ReadingBatch, error: IwError, reject: (error: IwError) => void): void {
    this.#sources.refused(batch.source, batch.sequence)
    reject(error)
  }

  #rotateLater(): void {
    this.#cancelRotate ??= this.#options.clock.after(this.#options.segmentMs, () => this.#rotate())
  }

  #rotate(): void {
    this.#cancelRotate?.()
    this.#cancelRotate = undefined
    if (this.#rotating || this.#state === 'stopped') return
    this.#rotating = true
    this.#line!.send({ kind: 'rotate' })
  }

  #openMerging(passedDay: number | undefined): Merging {
    return openMerging(this.#options, this.#folders, {
      passedDay,
      work: this.#work,
      parts: this.#parts,
      tags: () => this.#tags.all(),
      space: () => this.#files.space(this.#folders.parts),
    })
  }

  #openJournal(firstSegment: number): void {
    const { segmentBytes, reserveBytes, probeEveryMs, clock } = this.#options
    const options = {
      folder: this.#folders.journal,
      segmentBytes,
      firstSegment,
      probeEveryMs,
      ...(reserveBytes !== undefined && { reserveBytes }),
    }
    const listener = {
      answered: (message: FromJournal) => this.#answered(message),
      failed: (error: Error) => this.#journalFailed(error),
    }
    this.#line = this.#options.files
      ? journalHere(this.#files, options, listener, clock)
      : journalThread(options, listener)
  }

  #answered(message: FromJournal): void {
    if (message.kind === 'closed') this.#closed.resolve()
    else if (message.kind === 'ready') this.#readyAgain = true
    else this.#settle(message)
    // Only once nothing sent before the refusal is under way may anything new be sent.
    if (this.#readyAgain && this.#committer.bytesInFlight === 0) this.#acceptAgain()
    if (this.#waiting.length === 0 && this.#committer.bytesInFlight === 0)
      for (const done of this.#whenIdle.splice(0)) done()
  }

  #settle(outcome: CommitOutcome): void {
    if (outcome.buffers.length === 0) this.#rotating = false
    if (outcome.runs.length > 0) this.#counts.commits++
    this.#freeBytes = outcome.freeBytes
    this.#openSegment = outcome.openSegment
    if (outcome.reason) this.#refuse(outcome.reason)
    this.#committer.settle(outcome)
    for (const segment of outcome.ended) this.#ended(segment)
    this.#admitWaiting()
  }

  #ended(segment: number): void {
    this.#cancelRotate?.()
    this.#cancelRotate = undefined
    if (this.#openSegment.number > segment) this.#rotateLater()
    this.#sealing.add(segment)
    this.#tellSealed()
  }

  #tellSealed(failure?: unknown): void {
    for (const done of this.#whenSealed.splice(0)) done(failure)
  }

  #sealed({ segment, part, live, setAside }: Sealed): void {
    this.#recovery.setAside.push(...setAside)
    if (live) this.#parts.catalogue.replace(live)
    else if (part) this.#parts.sealed(part)
    this.#head.remove(segment)
    this.#admitWaiting()
    this.#tellSealed()
    this.#merging.look()
  }

  #refuse(reason: RefusalReason): void {
    this.#readyAgain = false
    if (!this.#refusal) {
      this.#refusal = { ...reason, since: this.#options.clock.now() }
      this.#options.log.error(reason, 'nothing is acknowledged any more')
    }
    const error = new IwError(reason.code, reason.message)
    this.#waitingBytes = 0
    for (const waiting of this.#waiting.splice(0)) waiting.refused(error)
    this.#tellSealed()
  }

  #acceptAgain(): void {
    this.#readyAgain = false
    this.#refusal = undefined
    this.#line!.send({ kind: 'resume' })
    this.#options.log.info({}, 'the disk takes readings again: acknowledging goes on')
  }

  #journalFailed(error: Error): void {
    const code = 'IW_HISTORIAN_DISK_ERROR'
    this.#refuse({ code, message: `The journal's thread ended: ${error.message}. Restart the instance` })
    this.#committer.fail(new IwError(code, error.message))
    for (const done of this.#whenIdle.splice(0)) done()
    this.#closed.resolve()
  }
}
