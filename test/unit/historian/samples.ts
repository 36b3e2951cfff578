import fc from 'fast-check'
import { createHistorian, type HistorianOptions } from '#historian'
import { type Clock, silentLogger, systemClock } from '#kernel'
import { BatchBuilder, type ReadingBatch, type TagDefinition, type Value } from '#model'
import type { Historian } from '#ports'
import type { LossyFiles } from '../../fakes/lossy-files.ts'

/** Four tags, one of each type: ids 1 to 4. */
export const definitions: readonly TagDefinition[] = [
  { thing: 'kiln', property: 'temperature', type: 'number', unit: 'Cel' },
  { thing: 'meter', property: 'energy', type: 'integer' },
  { thing: 'pump', property: 'on', type: 'boolean' },
  { thing: 'press', property: 'state', type: 'string' },
]

export interface Row {
  readonly tag: number
  readonly time: number
  readonly value: Value
  readonly quality: number
}

const valuesOf = (tag: number): fc.Arbitrary<Value> => {
  const values: readonly fc.Arbitrary<Value>[] = [
    fc.double(),
    fc.oneof(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(asInteger)),
    fc.boolean(),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
  ]
  return fc.oneof({ weight: 9, arbitrary: values[tag - 1]! }, { weight: 1, arbitrary: fc.constant(null) })
}

/** A 64-bit integer as batches carry it: a number where that is exact. */
const asInteger = (value: bigint): Value => (value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value)

/** A row of one of the four tags, with times close together so that they meet. */
const row: fc.Arbitrary<Row> = fc.integer({ min: 1, max: 4 }).chain((tag) =>
  fc.record({
    tag: fc.constant(tag),
    time: fc.integer({ min: 0, max: 60 }).map((n) => 1_000_000 + n * 500),
    value: valuesOf(tag),
    quality: fc.integer({ min: 0, max: 6 }),
  }),
)

export const rows: fc.Arbitrary<readonly Row[]> = fc.array(row, { minLength: 1, maxLength: 12 })

export function batchOf(
  content: readonly Row[],
  {
    source = 'test',
    sequence = 0,
    arrivedAt = 2_000_000,
  }: Partial<Pick<ReadingBatch, 'source' | 'sequence' | 'arrivedAt'>> = {},
): ReadingBatch {
  const builder = new BatchBuilder()
  for (const { tag, time, value, quality } of content) builder.add(tag, time, value, quality)
  return builder.build({ source, sequence, arrivedAt })
}

/** A value as it is read back: NaN is no value, booleans are numbers. */
const stored = (value: Value): Value =>
  typeof value === 'boolean' ? Number(value) : typeof value === 'number' && Number.isNaN(value) ? null : value

/** All rows of a tag, oldest first. */
export async function everything(historian: Historian, tag: number): Promise<readonly Row[]> {
  const series = await historian.read({ tag, from: 0, to: Number.POSITIVE_INFINITY, limit: 100_000 })
  return Array.from({ length: series.count }, (_, i) => {
    const number = Number.isNaN(series.value[i]!) ? null : series.value[i]!
    return {
      tag,
      time: series.time[i]!,
      value: series.text?.[i] ?? series.integer?.[i] ?? number,
      quality: series.quality[i]!,
    }
  })
}

/** What must be read back of rows appended in this order: each (tag, time) once, the last one. */
export function expected(content: readonly Row[], tag: number): readonly Row[] {
  const byTime = new Map(
    content.filter((one) => one.tag === tag).map((one) => [one.time, { ...one, value: stored(one.value) }]),
  )
  return [...byTime.values()].toSorted((a, b) => a.time - b.time)
}

export const smallOptions = (files: LossyFiles, more: Partial<HistorianOptions> = {}): HistorianOptions => ({
  folder: '/plant/readings',
  clock: systemClock,
  log: silentLogger,
  files: files.layer(),
  reserveBytes: 0,
  segmentBytes: 1500,
  probeEveryMs: 1,
  ...more,
})

export async function startedWith(options: HistorianOptions): Promise<Historian> {
  const historian = createHistorian(options)
  await historian.start()
  await historian.defineTags(definitions)
  return historian
}

/** Waits, turn by turn, until something holds; the clock of the machine only bounds it. */
export async function until(holds: () => boolean, clock: Clock = systemClock): Promise<void> {
  const end = clock.monotonicMs() + 20_000
  while (!holds()) {
    if (clock.monotonicMs() > end) throw new Error(`not within 20 s: ${holds}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
