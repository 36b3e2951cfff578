import { describeFailure, type ExchangeFailure } from '#modbus'
import { Quality } from '#model'
import type { DriverReadings } from '#ports'
import { Block, type BlockEvents, type ExponentCell, isScaled, scaled } from './block.ts'
import { Columns } from './columns.ts'
import { explore, isRefusal } from './explore.ts'
import type { Learned } from './learned.ts'
import { type PlanBlock, type PlanItem, plan } from './plan.ts'
import type { Point } from './point.ts'

/** What a group needs of the session it belongs to. */
export interface GroupHost {
  readonly unit: number
  readonly timeoutMs: number
  readonly learned: Learned
  /** Whether the device is to be polled now. */
  usable(): boolean
  /** µs. */
  now(): number
  send(block: Block): void
  cancel(block: Block): void
  /** The device answered (also with an exception). */
  answered(roundTripMs: number | undefined): void
  /** A request failed, whatever became of it afterwards. */
  failed(failure: ExchangeFailure): void
  /** Nothing can be believed of this device at present. */
  lost(failure: ExchangeFailure): void
  readings(readings: DriverReadings): void
  /** A defect of ours showed; the others go on. */
  broken(error: unknown): void
  /** Something in the group changed between working and not. */
  changed(): void
}

/** After so many cycles without an answer to one block of an answering device, its values are given up. */
const mostStrikes = 2

/** The points of a thing that are polled in one rhythm: their requests, and one cycle of them after the other. */
export class Group {
  readonly everyMs: number
  readonly #host: GroupHost
  readonly #points: readonly Point[]
  readonly #tags: Int32Array
  readonly #cells = new Map<string, ExponentCell>()
  readonly #items: readonly PlanItem[]
  /** By row: why it has no values at present. */
  readonly #troubles = new Map<number, string>()
  #blocks: Block[] = []
  #columns: Columns
  #cycle = 0
  #open = 0
  #done: () => void = () => {}
  #failures: [Block, ExchangeFailure][] = []

  constructor(everyMs: number, points: readonly Point[], host: GroupHost) {
    this.everyMs = everyMs
    this.#host = host
    this.#points = points.toSorted((a, b) => (a.table < b.table ? -1 : a.table > b.table ? 1 : a.at - b.at))
    this.#tags = Int32Array.from(this.#points, ({ tag }) => tag)
    this.#columns = new Columns(0)
    this.#items = [...this.#points, ...this.#scaleItems()]
    this.replan()
  }

  /** Requests of one cycle. */
  get requests(): number {
    return this.#blocks.length
  }

  /** Why rows have no values, for people; nothing while all have. */
  get trouble(): string | undefined {
    return this.#troubles.values().next().value
  }

  get troubles(): number {
    return this.#troubles.size
  }

  /** Makes the requests anew after something was learned. */
  replan(): void {
    this.#blocks = plan(this.#items, this.#host.learned.limits).map((block) => this.#block(block))
  }

  /** The exponent that was last read from the scale register of a point. */
  exponent({ table, scaleAt }: Point): number | undefined {
    const cell = this.#cells.get(`${table}:${scaleAt}`)
    return cell && cell.cycle > 0 ? cell.exponent : undefined
  }

  /** The tags to be told about once after the device was lost, or is lost again. */
  lose(reason: string): readonly number[] {
    const lost = this.#points.filter((_, row) => !this.#troubles.has(row)).map(({ tag }) => tag)
    for (let row = 0; row < this.#points.length; row++) this.#troubles.set(row, reason)
    return lost
  }

  /** Takes back what has not been sent. */
  abandon(): void {
    for (const block of this.#blocks) this.#host.cancel(block)
  }

  /** Asks everything once and hands over what was answered. Never rejects. */
  async poll(): Promise<void> {
    if (!this.#host.usable()) return
    // All of it is refused: the host decides when to try again.
    if (this.#blocks.length === 0) return this.#host.changed()
    this.#cycle++
    this.#columns = new Columns(this.#points.length)
    this.#failures = []
    await this.#exchange(this.#blocks)
    if (this.#failures.length > 0) await this.#repair(this.#failures)
    if (this.#host.usable()) this.#deliver()
  }

  #exchange(blocks: readonly Block[]): Promise<void> {
    return new Promise((resolve) => {
      this.#open = blocks.length
      this.#done = resolve
      for (const block of blocks) this.#host.send(block)
    })
  }

  /** Asks one span now, within the cycle. `undefined`: answered and decoded. */
  async #ask(span: PlanBlock): Promise<ExchangeFailure | undefined> {
    const before = this.#failures.length
    await this.#exchange([this.#block(span)])
    return this.#failures[before]?.[1]
  }

  #block(span: PlanBlock): Block {
    const points = span.items.filter((item) => item < this.#points.length)
    const cells = span.items.filter((item) => item >= this.#points.length).map((item) => this.#items[item]!)
    const contents = {
      points: points.map((row) => ({ row, point: this.#points[row]! })),
      cells: cells.map(({ table, at }) => ({ at, cell: this.#cells.get(`${table}:${at}`)! })),
    }
    return new Block(span, contents, this.#host, this.#events)
  }

  readonly #events: BlockEvents = {
    answered: (block, bytes, at, _length, roundTripMs) => {
      block.strikes = 0
      this.#host.learned.gave(block.plan.table, block.plan.count)
      this.#host.answered(roundTripMs)
      try {
        block.decode(bytes, at, this.#host.now(), this.#columns, this.#cycle)
      } catch (error) {
        this.#host.broken(error)
      } finally {
        this.#ended()
      }
    },
    failed: (block, failure) => {
      this.#failures.push([block, failure])
      if (failure.kind === 'exception') this.#host.answered(undefined)
      this.#host.failed(failure)
      // The rest would wait for its time-outs one after the other: first see whether the device still answers.
      if (failure.kind === 'timeout') for (const other of this.#blocks) this.#host.cancel(other)
      this.#ended()
    },
  }

  #ended(): void {
    if (--this.#open === 0) this.#done()
  }

  async #repair(failures: readonly [Block, ExchangeFailure][]): Promise<void> {
    const silent = failures.find(([, { kind }]) => kind === 'timeout' || kind === 'malformed')
    if (silent && !(await this.#stillAnswers(silent))) return
    for (const [block, failure] of [...failures]) {
      if (!this.#host.usable()) return
      if (failure.kind === 'disconnected') return
      if (failure.kind === 'cancelled') await this.#again(block)
      else if (isRefusal(failure)) await this.#explore(block, failure)
      else this.#strike(block, failure)
    }
  }

  /** Whether the device answers the smallest question there is after it was silent. */
  async #stillAnswers([block, silence]: [Block, ExchangeFailure]): Promise<boolean> {
    const first = block.plan.items[0]!
    const { table, at, size } = this.#items[first]!
    const failure = await this.#ask({ table, at, count: size, items: [first] })
    if (!failure || failure.kind === 'exception') return true
    this.#host.lost(failure.kind === 'malformed' ? failure : silence)
    return false
  }

  async #again(block: Block): Promise<void> {
    const before = this.#failures.length
    await this.#exchange([block])
    const failure = this.#failures[before]?.[1]
    if (failure && isRefusal(failure)) await this.#explore(block, failure)
    else if (failure) this.#strike(block, failure)
  }

  async #explore(block: Block, failure: ExchangeFailure): Promise<void> {
    const found = await explore(block.plan, failure, this.#items, (span) => this.#ask(span))
    const { learned } = this.#host
    const { table } = block.plan
    for (const cut of found.cuts) learned.cut(table, cut)
    for (const { from, to } of found.gaps) learned.cannotBridge(table, from, to)
    for (const { item, failure: refusal } of found.refused) {
      const { at, size } = this.#items[item]!
      learned.refuses(table, at, at + size)
      this.#giveUp(item, `${table} ${at}: ${describeFailure(refusal)}`)
    }
    this.replan()
    this.#giveUpOverlapping()
  }

  /** A block that stays unanswered by an answering device: ask for less at once, or give its values up. */
  #strike(block: Block, failure: ExchangeFailure): void {
    if (++block.strikes < mostStrikes) return
    const { table, at, count, items } = block.plan
    if (failure.kind === 'timeout' && items.length > 1) {
      this.#host.learned.limit(table, count >> 1)
      this.replan()
      this.#giveUpOverlapping()
    } else for (const item of items) this.#giveUp(item, `${table} ${at}: ${describeFailure(failure)}`)
  }

  /** A row has no value until further notice; said once, not at every cycle. */
  #giveUp(item: number, reason: string): void {
    for (const row of this.#rowsOf(item)) {
      if (!this.#troubles.has(row)) {
        this.#columns.arrived(this.#host.now())
        this.#columns.number(row, Number.NaN, Quality.commError, this.#host.now())
      }
      this.#troubles.set(row, reason)
    }
  }

  /** What overlaps something refused, here or in another group, is in no block any more. */
  #giveUpOverlapping(): void {
    const asked = new Set(this.#blocks.flatMap(({ plan: { items } }) => items))
    for (const [item, { table, at }] of this.#items.entries())
      if (!asked.has(item) && !this.#rowsOf(item).every((row) => this.#troubles.has(row)))
        this.#giveUp(item, `${table} ${at}: overlaps a refused address`)
  }

  /** The row of a point, or all rows that need a scale register. */
  #rowsOf(item: number): readonly number[] {
    if (item < this.#points.length) return [item]
    const { table, at } = this.#items[item]!
    return this.#points.flatMap((point, row) => (point.table === table && point.scaleAt === at ? [row] : []))
  }

  #deliver(): void {
    const before = this.#troubles.size
    this.#applyScales()
    if (before > 0) for (const row of [...this.#troubles.keys()]) if (this.#isBack(row)) this.#troubles.delete(row)
    const readings = this.#columns.readings(this.#tags)
    if (readings) this.#host.readings(readings)
    this.#host.changed()
  }

  #isBack(row: number): boolean {
    return this.#columns.has(row) && this.#columns.quality[row] !== Quality.commError
  }

  /** Values whose scale was read in this cycle get it; the others are not known. */
  #applyScales(): void {
    if (this.#cells.size === 0) return
    const columns = this.#columns
    for (let row = 0; row < this.#points.length; row++) {
      const point = this.#points[row]!
      if (!isScaled(point) || columns.quality[row] === Quality.commError || !columns.has(row)) continue
      const cell = this.#cells.get(`${point.table}:${point.scaleAt}`)!
      if (cell.cycle !== this.#cycle) columns.drop(row)
      else if (columns.quality[row] === Quality.good) {
        const { value, quality } = scaled(columns.value[row]!, cell.exponent, point)
        columns.number(row, value, quality, columns.time[row]!)
      }
    }
  }

  /** Each scale register once, as something to be read that has no row. */
  #scaleItems(): PlanItem[] {
    const items: PlanItem[] = []
    for (const { table, scaleAt } of this.#points) {
      if (scaleAt === undefined || this.#cells.has(`${table}:${scaleAt}`)) continue
      this.#cells.set(`${table}:${scaleAt}`, { exponent: Number.NaN, cycle: 0 })
      items.push({ table, at: scaleAt, size: 1 })
    }
    return items
  }
}
