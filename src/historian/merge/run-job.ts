import type { TagId } from '#model'
import { openDuckDb } from '#sandbox'
import type { FileLayer } from '../files/file-layer.ts'
import { foldersOf } from '../files/folders.ts'
import type { PartEntry } from '../seal/manifest.ts'
import { Damaged } from './damaged.ts'
import { FileMaker } from './file-maker.ts'
import type { DayJob, Expiry, MergeAnswer, MergeAsk, MergeJob, MergeProgress, MonthJob, RunsJob } from './job.ts'
import { ChunkRoom, Level0Source } from './level0-source.ts'
import { mergeSpan } from './merge-span.ts'
import { makeTemporary } from './parquet-writer.ts'
import { RawRun } from './raw-run.ts'
import { RawSource } from './raw-source.ts'
import type { RollupLevel } from './rollup.ts'
import { RollupLane } from './rollup-lane.ts'
import { RollupSource } from './rollup-source.ts'
import type { MergeSource } from './source.ts'
import { dayName, monthOf, spanOfName } from './utc-day.ts'

const levels: readonly RollupLevel[] = ['minute', 'hour']

export interface JobContext {
  readonly signal: AbortSignal
  progress(progress: MergeProgress): void
}

/**
 * Does one job: reads the inputs, writes the files that take their place, makes them durable. Nothing is live yet and no input
 * is touched. Where it fails or is aborted, what was written is removed (after a kill, by the next start).
 */
export async function runJob(files: FileLayer, ask: MergeAsk, context: JobContext): Promise<MergeAnswer> {
  const { user, system } = process.cpuUsage()
  makeTemporary(ask.temporary)
  const db = await openDuckDb({ memoryMegabytes: ask.memoryMegabytes, threads: 1, tempFolder: ask.temporary })
  const folders = foldersOf(ask.root)
  const tags = new Map(ask.tags.map((tag) => [tag.id, tag]))
  const shop = { db, files, parts: folders.parts, temporary: ask.temporary }
  const maker = new FileMaker(shop, tags, ask.job.rank, ask.firstNumber)
  const work = new JobWork(files, folders.parts, ask, maker, context)
  try {
    const add = await work.run(ask.job)
    maker.sync()
    const { user: userNow, system: systemNow } = process.cpuUsage()
    const cpuMs = (userNow - user + systemNow - system) / 1000
    return { add, remove: work.replaced, mark: work.marked, rows: work.rows, expiredRows: work.expiredRows, cpuMs }
  } catch (error) {
    await maker.abandon()
    if (!(error instanceof Damaged)) throw error
    return { add: [], remove: [], mark: [], damaged: error.detail, rows: 0, expiredRows: 0, cpuMs: 0 }
  } finally {
    work.close()
    db.close()
  }
}

class JobWork {
  readonly #files: FileLayer
  readonly #parts: string
  readonly #ask: MergeAsk
  readonly #maker: FileMaker
  readonly #context: JobContext
  readonly #open: { close(): void }[] = []
  replaced: readonly number[] = []
  marked: readonly PartEntry[] = []
  rows = 0
  expiredRows = 0

  constructor(files: FileLayer, parts: string, ask: MergeAsk, maker: FileMaker, context: JobContext) {
    this.#files = files
    this.#parts = parts
    this.#ask = ask
    this.#maker = maker
    this.#context = context
  }

  async run(job: MergeJob): Promise<readonly PartEntry[]> {
    switch (job.kind) {
      case 'runs':
        return this.#runs(job)
      case 'day':
        return this.#day(job)
      case 'month':
        return this.#month(job)
    }
  }

  close(): void {
    for (const source of this.#open) source.close()
  }

  async #runs({ inputs, final }: RunsJob): Promise<readonly PartEntry[]> {
    const room = new ChunkRoom()
    const open = (part: PartEntry) => new Level0Source(this.#files, this.#parts, part, room)
    const sources = inputs.map((part) => this.#opened(part, () => open(part)))
    const days = new Set<number>()
    for (const source of sources) for (const day of Damaged.named(source.part, () => source.days())) days.add(day)
    const add: PartEntry[] = []
    for (const day of [...days].toSorted((a, b) => a - b)) {
      const name = dayName(day)
      const [from, to] = spanOfName(name)
      const isFinal =
        to <= final.before &&
        !final.busy.includes(name) &&
        !final.busy.includes(monthOf(name)) &&
        !final.later.some(([least, most]) => least < to && most >= from)
      const there = sources.filter(({ part }) => part.minTime < to && part.maxTime >= from)
      add.push(...(await this.#merge(name, there, true, isFinal ? [] : undefined)))
    }
    this.replaced = inputs.map(({ number }) => number)
    return add
  }

  async #day(job: DayJob): Promise<readonly PartEntry[]> {
    const { day, inputs, rewrite, rollups, expired } = job
    const sources: RawSource[] = []
    for (const part of inputs)
      sources.push(await this.#openedLater(part, RawSource.open(this.#files, this.#parts, part)))
    if (expired && !sources.some((source) => source.hasAny(tagsOf(expired)))) {
      this.marked = inputs.map((part) => ({ ...part, expiry: expired.mark }))
      return []
    }
    const made = await this.#merge(day, sources, rewrite, rollups, expired)
    const ownRollups = rollups?.filter((part) => part.day === day) ?? []
    this.replaced = (rewrite ? [...inputs, ...ownRollups] : ownRollups).map(({ number }) => number)
    if (!rewrite) this.marked = inputs.map((part) => ({ ...part, rolled: true }))
    return made
  }

  async #month({ level, month, inputs, expired }: MonthJob): Promise<readonly PartEntry[]> {
    const gone = expired ? tagsOf(expired) : new Set<TagId>()
    const lane = await this.#lane(level, month, inputs, (tag) => !gone.has(tag))
    const add = await lane.end()
    this.rows += lane.rows
    this.expiredRows += lane.dropped
    this.replaced = inputs.map(({ number }) => number)
    return expired ? add.map((part) => ({ ...part, expiry: expired.mark })) : add
  }

  /** Merges one day. `rollups`: those there are, where new ones are to be written. */
  async #merge(
    day: string,
    sources: readonly MergeSource[],
    write: boolean,
    rollups: readonly PartEntry[] | undefined,
    expired?: Expiry,
  ): Promise<readonly PartEntry[]> {
    const span = spanOfName(day)
    const gone = new Map(expired?.tags.flatMap(({ tags, levels: kept }) => tags.map((tag) => [tag, kept] as const)))
    const run = new RawRun(this.#maker, day, this.#ask.bounds, this.#hasSides(sources))
    const lanes: RollupLane[] = []
    for (const level of rollups ? levels : [])
      lanes.push(
        await this.#lane(
          level,
          day,
          rollups!.filter(({ kind }) => kind === level),
        ),
      )
    await mergeSpan(sources, span, {
      begin: (tag, atMost) => {
        this.#context.signal.throwIfAborted()
        for (const lane of lanes) lane.begin(tag, atMost, gone.get(tag)?.includes(lane.level) ?? false)
      },
      take: async (tag, rows) => {
        for (const lane of lanes) lane.take(rows)
        this.rows += rows.count
        this.#context.progress({ doneRows: this.rows })
        if (gone.has(tag)) this.expiredRows += rows.count
        else if (write) await run.add(tag, rows)
      },
      end: async (tag) => {
        for (const lane of lanes) await lane.endTag(tag)
      },
    })
    const raw = await run.end()
    const rolled: PartEntry[] = []
    for (const lane of lanes) rolled.push(...(await lane.end()))
    const known = { ...(rollups && { rolled: true }), ...(expired && { expiry: expired.mark }) }
    return [...raw.map((part) => ({ ...part, ...known })), ...rolled]
  }

  async #lane(
    level: RollupLevel,
    period: string,
    parts: readonly PartEntry[],
    keeps: (tag: TagId) => boolean = () => true,
  ): Promise<RollupLane> {
    const old: RollupSource[] = []
    const staying: RollupSource[] = []
    for (const part of parts) {
      const source = await this.#openedLater(part, RollupSource.open(this.#files, this.#parts, part))
      if (part.day === period || part.rank < this.#ask.job.rank || this.#ask.job.kind === 'month') old.push(source)
      else staying.push(source)
    }
    const isString = (tag: TagId) => this.#types.get(tag) === 'string'
    return new RollupLane({ maker: this.#maker, level, period, old, staying, isString, keeps })
  }

  get #types(): ReadonlyMap<TagId, string> {
    this.#typesOnce ??= new Map(this.#ask.tags.map(({ id, type }) => [id, type]))
    return this.#typesOnce
  }
  #typesOnce: ReadonlyMap<TagId, string> | undefined

  /** Whether any tag that may be in the sources takes texts or large integers. */
  #hasSides(sources: readonly MergeSource[]): boolean {
    const least = Math.min(...sources.map(({ part }) => part.minTag))
    const most = Math.max(...sources.map(({ part }) => part.maxTag))
    return this.#ask.tags.some(({ id, type }) => id >= least && id <= most && (type === 'string' || type === 'integer'))
  }

  #opened<T extends { close(): void }>(part: PartEntry, open: () => T): T {
    const source = Damaged.named(part, open)
    this.#open.push(source)
    return source
  }

  async #openedLater<T extends { close(): void }>(part: PartEntry, opening: Promise<T>): Promise<T> {
    const source = await Damaged.namedLater(part, opening)
    this.#open.push(source)
    return source
  }
}

const tagsOf = (expired: Expiry): ReadonlySet<TagId> => new Set(expired.tags.flatMap(({ tags }) => tags))
