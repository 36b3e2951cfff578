import { join } from 'node:path'
import type { Value } from '#model'
import type { FileLayer } from '../../../src/historian/files/file-layer.ts'
import { bucketUsOf, type RollupLevel } from '../../../src/historian/merge/rollup.ts'
import { RollupSource } from '../../../src/historian/merge/rollup-source.ts'
import { dayUs } from '../../../src/historian/merge/utc-day.ts'
import { type Manifest, readManifest } from '../../../src/historian/seal/manifest.ts'
import type { Row } from './samples.ts'

/** A bucket as the oracle reckons it, the plain way. Null where there is no usable value. */
export interface OracleBucket {
  readonly time: number
  readonly min: number | null
  readonly max: number | null
  readonly sum: number | null
  readonly first: number | null
  readonly last: number | null
  readonly count: number
  readonly rows: number
  readonly worst: number
  readonly firstTime: number | null
  readonly lastTime: number | null
  readonly area: number
  readonly covered: number
}

const numberOf = (value: Value): number => (value === null || typeof value === 'string' ? Number.NaN : Number(value))

/** Rows of a tag, in order, each time once, to buckets. */
export function bucketsOf(rows: readonly Row[], level: RollupLevel): readonly OracleBucket[] {
  const step = bucketUsOf[level]
  const groups = Map.groupBy(rows, ({ time }) => Math.floor(time / step) * step)
  return [...groups].map(([time, own]) => bucketOf(time, own))
}

function bucketOf(time: number, rows: readonly Row[]): OracleBucket {
  const usable = rows.filter(({ value }) => Number.isFinite(numberOf(value)))
  const values = usable.map(({ value }) => numberOf(value))
  let area = 0
  let covered = 0
  for (const [i, { time: from, value }] of rows.slice(0, -1).entries()) {
    if (!Number.isFinite(numberOf(value))) continue
    const seconds = (rows[i + 1]!.time - from) / 1e6
    area += numberOf(value) * seconds
    covered += seconds
  }
  return {
    time,
    min: values.length > 0 ? Math.min(...values) : null,
    max: values.length > 0 ? Math.max(...values) : null,
    sum: values.length > 0 ? values.reduce((sum, value) => sum + value) : null,
    first: values[0] ?? null,
    last: values.at(-1) ?? null,
    count: values.length,
    rows: rows.length,
    worst: Math.max(...rows.map(({ quality }) => quality)),
    firstTime: usable[0]?.time ?? null,
    lastTime: usable.at(-1)?.time ?? null,
    area,
    covered,
  }
}

/** The rollups that must be there: of every tag and day with 20 rows a bucket. By `tag/level`. */
export function rollupsWanted(rowsOf: ReadonlyMap<number, readonly Row[]>, strings: ReadonlySet<number>) {
  const wanted = new Map<string, readonly OracleBucket[]>()
  for (const level of ['minute', 'hour'] as const)
    for (const [tag, rows] of rowsOf) {
      const days = [...Map.groupBy(rows, ({ time }) => Math.floor(time / dayUs)).values()]
      const dense = strings.has(tag) ? [] : days.filter((day) => day.length >= (20 * dayUs) / bucketUsOf[level])
      if (dense.length > 0) wanted.set(`${tag}/${level}`, bucketsOf(dense.flat(), level))
    }
  return wanted
}

/** The rollups that are there: all buckets of the files that the manifest lists. */
export async function rollupsFound(files: FileLayer, root: string) {
  const manifest = readManifest(files, root)
  const found = new Map<string, OracleBucket[]>()
  for (const part of manifest.parts) {
    if (part.kind !== 'minute' && part.kind !== 'hour') continue
    const source = await RollupSource.open(files, join(root, 'parts'), part)
    while (source.tag < Number.POSITIVE_INFINITY) {
      const key = `${source.tag}/${part.kind}`
      const rows = await source.take(part.day!)
      const buckets = Array.from({ length: rows.count }, (_, i) => bucketAt(rows, i))
      found.set(key, [...(found.get(key) ?? []), ...buckets])
    }
    source.close()
  }
  for (const [key, buckets] of found)
    found.set(
      key,
      buckets.toSorted((a, b) => a.time - b.time),
    )
  return found
}

function bucketAt(rows: Awaited<ReturnType<RollupSource['take']>>, i: number): OracleBucket {
  const orNull = (value: number) => (Number.isNaN(value) ? null : value)
  return {
    time: rows.time[i]!,
    min: orNull(rows.min[i]!),
    max: orNull(rows.max[i]!),
    sum: orNull(rows.sum[i]!),
    first: orNull(rows.first[i]!),
    last: orNull(rows.last[i]!),
    count: rows.count32[i]!,
    rows: rows.rows[i]!,
    worst: rows.worst[i]!,
    firstTime: orNull(rows.firstTime[i]!),
    lastTime: orNull(rows.lastTime[i]!),
    area: rows.area[i]!,
    covered: rows.covered[i]!,
  }
}

/** What must hold of any manifest: numbers once; runs of a day that do not overlap have one rank each; level 0 is newer. */
export function brokenRules({ parts }: Manifest): readonly string[] {
  const broken: string[] = []
  if (new Set(parts.map(({ number }) => number)).size < parts.length) broken.push('a number twice')
  const merged = parts.filter(({ kind }) => kind !== 'level0')
  const newest = Math.max(0, ...merged.map(({ rank }) => rank))
  for (const { kind, number } of parts)
    if (kind === 'level0' && number <= newest) broken.push(`level 0 number ${number} is not newer than rank ${newest}`)
  return broken
}
