import type { AggregateQuery, Aggregates } from '#ports'
import type { RollupColumn } from '../parts/parquet/index.ts'
import { Buckets, numberAt } from './buckets.ts'
import { mergeRuns } from './merge.ts'
import { levelsFor, piecesOf, type RollupPiece } from './pieces.ts'
import { levelUs } from './rollup-source.ts'
import { firstRow } from './rows.ts'
import { dayUs } from './touched-days.ts'
import type { View } from './view.ts'
import { TimeWeights } from './weights.ts'

const trendColumns = ['min', 'max', 'sum', 'last', 'count32', 'rows', 'worst'] as const satisfies RollupColumn[]
const allColumns = [...trendColumns, 'first', 'firstTime', 'lastTime'] as const satisfies RollupColumn[]
const weightColumns = [...allColumns, 'area', 'covered'] as const satisfies RollupColumn[]
type WeightPiece = RollupPiece<(typeof weightColumns)[number]>

/** A day with more stretches of rollups that are of no use is read by its rows. */
const maxGaps = 24

/**
 * The rows of a tag in buckets between the edges, rollups taking their place where they can. `forTrend`: what a trend does
 * not show (first, and the times of first and last) need not be right.
 */
export async function aggregateView(view: View, query: AggregateQuery, forTrend = false): Promise<Aggregates> {
  const { tag, edges, timeWeighted } = query
  if (timeWeighted) return new WeightedRun(view, query, timeWeighted).run()
  const range = { tag, from: edges[0]!, to: edges[edges.length - 1]! }
  const buckets = new Buckets(edges)
  for await (const piece of piecesOf(view, range, levelsFor(edges), forTrend ? trendColumns : allColumns))
    if (piece.rollups) buckets.addRollups(piece.rollups, piece.begin, piece.end)
    else
      await mergeRuns(view.sources, { tag, from: piece.from, to: piece.to, descending: false }, (page, begin, end) => {
        buckets.addRows(page, begin, end)
        return true
      })
  return buckets.build(tag)
}

/** Aggregates with the mean over time. */
class WeightedRun {
  readonly #view: View
  readonly #query: AggregateQuery
  readonly #buckets: Buckets
  readonly #weights: TimeWeights
  readonly #isLinear: boolean

  constructor(view: View, query: AggregateQuery, interpolation: 'previous' | 'linear') {
    this.#view = view
    this.#query = query
    this.#buckets = new Buckets(query.edges)
    this.#weights = new TimeWeights(query.edges, interpolation)
    this.#isLinear = interpolation === 'linear'
  }

  async run(): Promise<Aggregates> {
    const { tag, edges } = this.#query
    const range = { tag, from: edges[0]!, to: edges[edges.length - 1]! }
    // Rollups are summed up with values that hold.
    const levels = this.#isLinear ? [] : levelsFor(edges)
    await this.#addBefore(range.from)
    for await (const piece of piecesOf(this.#view, range, levels, weightColumns))
      if (piece.rollups) await this.#addRollups(piece)
      else await this.#addRows(piece.from, piece.to)
    await this.#addAfter(range.to)
    return this.#buckets.build(tag, this.#weights)
  }

  /** The row before the range: in no bucket, but its value holds into it. */
  async #addBefore(to: number): Promise<void> {
    const from = Number.NEGATIVE_INFINITY
    const found = await firstRow(this.#view.sources, { tag: this.#query.tag, from, to, descending: true })
    const time = found ? found.page.time[found.row]! : from
    if (time < to - dayUs && (await this.#addRolledBefore(time, to))) return
    if (found) this.#weights.add(time, numberAt(found.page, found.row))
  }

  /** The rows may not be kept any more. A rollup knows what held after it only where its last row had a value. */
  async #addRolledBefore(from: number, to: number): Promise<boolean> {
    const sources = this.#view.rollups.filter(({ earliest, latest }) => earliest < to && latest > from)
    for (const source of sources.toSorted((a, b) => b.latest - a.latest)) {
      const columns = ['last', 'lastTime', 'count32', 'rows'] as const
      const { count, last, lastTime, count32, rows } = await source.buckets(this.#query.tag, from, to, columns)
      const at = count - 1
      if (count === 0 || !(lastTime[at]! > from && lastTime[at]! < to)) continue
      this.#weights.add(lastTime[at]!, rows[at] === count32[at] ? last[at]! : Number.NaN)
      return true
    }
    return false
  }

  async #addAfter(from: number): Promise<void> {
    const range = { tag: this.#query.tag, from, to: Number.POSITIVE_INFINITY, descending: false }
    const found = await firstRow(this.#view.sources, range)
    if (found) this.#weights.add(found.page.time[found.row]!, numberAt(found.page, found.row))
  }

  /** Adds the rows of a range and returns how many there were. */
  async #addRows(from: number, to: number): Promise<number> {
    let rows = 0
    await mergeRuns(this.#view.sources, { tag: this.#query.tag, from, to, descending: false }, (page, begin, end) => {
      this.#buckets.addRows(page, begin, end)
      this.#weights.addRows(page, begin, end)
      rows += end - begin
      return true
    })
    return rows
  }

  /** A rollup knows for how long its values held only where every row had one; elsewhere the rows are read. */
  async #addRollups({ rollups, begin, end, level }: WeightPiece): Promise<void> {
    const { time, rows, count32 } = rollups
    const isWhole = (row: number) => rows[row] === count32[row]
    let gaps = 0
    for (let row = begin; row < end; row++) if (!isWhole(row) && (row === begin || isWhole(row - 1))) gaps++
    if (gaps > maxGaps && (await this.#addRows(time[begin]!, time[end - 1]! + levelUs[level])) > 0) return
    for (let row = begin; row < end; ) {
      let next = row + 1
      while (next < end && isWhole(next) === isWhole(row)) next++
      if (isWhole(row) || (await this.#addRows(time[row]!, time[next - 1]! + levelUs[level])) === 0)
        this.#addHeld(rollups, row, next)
      row = next
    }
  }

  /** Also where the rows are not kept any more: then as well as it can be known. */
  #addHeld(rollups: WeightPiece['rollups'], begin: number, end: number): void {
    this.#buckets.addRollups(rollups, begin, end)
    for (let row = begin; row < end; row++) if (rollups.count32[row]! > 0) this.#weights.addHeld(rollups, row)
  }
}
