import type { Microseconds } from '#kernel'
import type { RollupColumn, RollupRows } from '../parts/parquet/index.ts'
import { type Level, levelUs, type RollupSource } from './rollup-source.ts'
import { breathe, lowerBound } from './source.ts'
import { dayOf, dayUs, touchedDays } from './touched-days.ts'
import type { View } from './view.ts'

/** A stretch of a range: the rows of it are to be read, or there are rollups in their place. */
export type Piece<C extends RollupColumn> = RawPiece | RollupPiece<C>

interface RawPiece {
  readonly rollups?: undefined
  readonly from: Microseconds
  readonly to: Microseconds
}

export interface RollupPiece<C extends RollupColumn> {
  /** Rows [begin, end) are those of the stretch. */
  readonly rollups: Pick<RollupRows, 'count' | 'time' | C>
  readonly begin: number
  readonly end: number
  readonly level: Level
}

/** After so many rows of rollups everything else gets its turn. */
const rowsABreath = 8_192
/** Rollups are read for so many days at once. */
const stretchDays = 31

/** The levels that fit buckets between these edges, the coarsest first. */
export function levelsFor(edges: Float64Array): readonly Level[] {
  return (['hour', 'minute'] as const).filter((level) => edges.every((edge) => edge % levelUs[level] === 0))
}

/**
 * Cuts a range into pieces, in order of time. Rollups of a day stand for its rows where they are there and no source has rows
 * of the tag in this day that they have not taken in, or where the rows that they had taken in are not kept any more.
 */
export async function* piecesOf<C extends RollupColumn>(
  view: View,
  range: { readonly tag: number; readonly from: Microseconds; readonly to: Microseconds },
  levels: readonly Level[],
  columns: readonly C[],
): AsyncGenerator<Piece<C>> {
  const { tag, from, to } = range
  const fitting = view.rollups.filter(
    ({ level, earliest, latest }) => levels.includes(level) && earliest < to && latest + levelUs[level] > from,
  )
  if (fitting.length === 0) return yield range
  const begin = fitting.reduce((least, { earliest }) => Math.min(least, dayOf(earliest) * dayUs), to)
  const end = fitting.reduce((most, { latest }) => Math.max(most, (dayOf(latest) + 1) * dayUs), from)
  const changed = await touchedDays(view.unrolled, tag, Math.max(from, begin), Math.min(to, end))
  const isSound = (day: number) => !changed.has(day) || !overlaps(view.rolled, day)
  let rawFrom = from
  let sinceBreath = 0
  for (let first = dayOf(Math.max(from, begin)); first * dayUs < Math.min(to, end); first += stretchDays) {
    const stretch = { tag, from: Math.max(from, first * dayUs), to: Math.min(to, (first + stretchDays) * dayUs) }
    for (const piece of await rollupsOf(fitting, stretch, levels, columns, isSound)) {
      const start = Math.max(from, dayOf(piece.rollups.time[piece.begin]!) * dayUs)
      if (rawFrom < start) yield { from: rawFrom, to: start }
      yield piece
      rawFrom = Math.min(to, (dayOf(piece.rollups.time[piece.end - 1]!) + 1) * dayUs)
      sinceBreath += piece.end - piece.begin
      if (sinceBreath < rowsABreath) continue
      sinceBreath = 0
      await breathe()
    }
  }
  if (rawFrom < to) yield { from: rawFrom, to }
}

const overlaps = (sources: View['rolled'], day: number): boolean =>
  sources.some(({ earliest, latest }) => earliest < (day + 1) * dayUs && latest >= day * dayUs)

/** What rollups there are of a stretch, day by day, in order. */
async function rollupsOf<C extends RollupColumn>(
  sources: readonly RollupSource[],
  { tag, from, to }: { readonly tag: number; readonly from: number; readonly to: number },
  levels: readonly Level[],
  columns: readonly C[],
  isSound: (day: number) => boolean,
): Promise<readonly RollupPiece<C>[]> {
  const days = new Map<number, RollupPiece<C>>()
  const missing = { from: dayOf(from), to: dayOf(to - 1) }
  for (const level of levels) {
    const start = Math.max(from, missing.from * dayUs)
    const end = Math.min(to, (missing.to + 1) * dayUs)
    const found = new Map<number, RollupPiece<C>>()
    // The newest source last, so that its days take the place of others.
    for (const source of ranked(sources, level, start, end)) {
      const rollups = await source.buckets(tag, start, end, columns)
      for (const piece of byDay(rollups, level)) found.set(dayOf(rollups.time[piece.begin]!), piece)
    }
    for (const [day, piece] of found) if (!days.has(day) && isSound(day)) days.set(day, piece)
    while (missing.from <= missing.to && (days.has(missing.from) || !isSound(missing.from))) missing.from++
    while (missing.from <= missing.to && (days.has(missing.to) || !isSound(missing.to))) missing.to--
    if (missing.from > missing.to) break
  }
  return Array.from(days)
    .toSorted(([a], [b]) => a - b)
    .map(([, piece]) => piece)
}

const ranked = (sources: readonly RollupSource[], level: Level, from: number, to: number): readonly RollupSource[] =>
  sources
    .filter((source) => source.level === level && source.earliest < to && source.latest >= from)
    .toSorted((a, b) => a.rank - b.rank)

function* byDay<C extends RollupColumn>(
  rollups: Pick<RollupRows, 'count' | 'time' | C>,
  level: Level,
): Generator<RollupPiece<C>> {
  for (let begin = 0; begin < rollups.count; ) {
    const end = lowerBound(rollups.time, begin, rollups.count, (dayOf(rollups.time[begin]!) + 1) * dayUs)
    yield { rollups, begin, end, level }
    begin = end
  }
}
