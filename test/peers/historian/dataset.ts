import { setTimeout as delay } from 'node:timers/promises'
import { createHistorian } from '#historian'
import { silentLogger, systemClock } from '#kernel'
import { BatchBuilder, Quality, type Tag, type TagDefinition, type Value } from '#model'
import type { Historian } from '#ports'
import { seededRandom } from '../../fakes/random.ts'

export interface StoredRow {
  readonly time: number
  readonly value: Value
  readonly quality: number
}

/** What was stored, by tag and time: the last to arrive of each. A zero has no sign once it is merged. */
export interface Dataset {
  readonly tags: readonly Tag[]
  readonly rows: ReadonlyMap<number, ReadonlyMap<number, StoredRow>>
  readonly from: number
  readonly to: number
}

const day = 86_400e6
const firstDay = Date.UTC(2026, 0, 30) * 1000
const days = 3

const definitions: readonly TagDefinition[] = [
  { thing: 'compressor-1', property: 'line_pressure', type: 'number', unit: 'bar' },
  { thing: 'compressor-1', property: 'power', type: 'number', unit: 'kW' },
  { thing: 'compressor-1', property: 'state', type: 'string' },
  { thing: 'compressor-1', property: 'starts', type: 'integer' },
  { thing: 'compressor-1', property: 'pressure_low', type: 'boolean' },
  { thing: '回转窑 "1", east', property: 'temperature/inside', type: 'number', unit: 'Cel' },
  { thing: 'meter', property: 'energy', type: 'integer', unit: 'W.h' },
]

const texts = ['running', 'idle', '', 'says "no", twice', '停机', 'line\nbreak', '😀']
const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324, 0.1 + 0.2, 1e308]

/**
 * Fills a folder with readings of three days of every kind: in order, late, twice with another value, out of order, texts,
 * integers beyond 2^53, NaN, infinities; merged while they come, so that days have files of several ranks. What comes last
 * is left for the program to merge.
 */
export async function fillReadings(folder: string, seed: number): Promise<Dataset> {
  const historian = createHistorian({
    folder,
    clock: systemClock,
    log: silentLogger,
    segmentMs: 100,
    mergeThresholds: { parts: 1, ageUs: 0, runs: 1_000, newerShare: 1_000 },
    mergeFile: { rows: 20_000, bytes: 1 << 20 },
  })
  await historian.start()
  try {
    const tags = await historian.defineTags(definitions)
    const random = seededRandom(seed)
    const rows = new Map(tags.map(({ id }) => [id, new Map<number, StoredRow>()]))
    await append(historian, rows, inOrder(tags, random))
    await merged(historian)
    for (let round = 0; round < 3; round++) {
      await append(historian, rows, late(tags, rows, random))
      await merged(historian)
    }
    return { tags, rows, from: firstDay, to: firstDay + days * day }
  } finally {
    await historian.stop()
  }
}

type Rows = ReadonlyMap<number, Map<number, StoredRow>>
type Told = readonly [tag: Tag, row: StoredRow]

function* inOrder(tags: readonly Tag[], random: () => number): Generator<Told> {
  for (const [index, tag] of tags.entries()) {
    // The first is a reading a second on the second day, the others come now and then on all of them.
    const everyUs = index === 0 ? 1e6 : 20e6 + index * 7e6
    const begin = index === 0 ? firstDay + day : firstDay
    const end = index === 0 ? firstDay + 2 * day : firstDay + days * day
    for (let time = begin; time < end; time += everyUs)
      yield [tag, anyRow(tag, time + Math.floor(random() * 19_000), random)]
  }
}

/** Rows for times that are there already, and for some that were not. */
function* late(tags: readonly Tag[], rows: Dataset['rows'], random: () => number): Generator<Told> {
  for (let count = 0; count < 2_000; count++) {
    const tag = tags[Math.floor(random() * tags.length)]!
    const times = [...rows.get(tag.id)!.keys()]
    const known = times[Math.floor(random() * times.length)]!
    yield [tag, anyRow(tag, random() < 0.5 ? known : known + Math.floor(random() * 1e6), random)]
    if (count % 100 === 0) yield [tag, anyRow(tag, known, random)]
  }
}

function anyRow({ type }: Tag, time: number, random: () => number): StoredRow {
  const none = random() < 0.03
  const quality = none ? Quality.nullValue : random() < 0.9 ? Quality.good : Math.floor(random() * 7)
  return { time, value: none ? null : anyValue(type, random), quality }
}

function anyValue(type: Tag['type'], random: () => number): Value {
  switch (type) {
    case 'string':
      return texts[Math.floor(random() * texts.length)]!
    case 'boolean':
      return random() < 0.5
    case 'integer':
      return random() < 0.3
        ? BigInt.asIntN(64, BigInt(Math.floor(random() * 2 ** 52)) * 4099n)
        : Math.floor(random() * 1e9)
    case 'number':
      return random() < 0.02 ? odd[Math.floor(random() * odd.length)]! : Math.round(random() * 1e6) / 1e3
  }
}

const batchRows = 5_000

async function append(historian: Historian, rows: Rows, told: Iterable<Told>) {
  let builder = new BatchBuilder()
  const send = () => historian.append(builder.build({ source: 'peers', sequence: 0, arrivedAt: systemClock.now() }))
  for (const [tag, row] of told) {
    builder.add(tag.id, row.time, row.value, row.quality)
    rows.get(tag.id)!.set(row.time, Object.is(row.value, -0) ? { ...row, value: 0 } : row)
    if (builder.count < batchRows) continue
    await send()
    builder = new BatchBuilder()
  }
  if (builder.count > 0) await send()
}

/** Waits until all of it is in merged files. */
async function merged(historian: Historian): Promise<void> {
  const until = Date.now() + 60_000
  for (;;) {
    const { headRows, storage } = historian.status()
    if (headRows === 0 && storage.level0.files === 0 && !storage.merging) return
    if (storage.mergeFailure) throw new Error(`${storage.mergeFailure.code}: ${storage.mergeFailure.message}`)
    if (Date.now() > until) throw new Error(`not merged: ${JSON.stringify({ headRows, storage })}`)
    await delay(50)
  }
}
