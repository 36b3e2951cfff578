import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, IwError } from '#kernel'
import type { Thing } from '#model'
import type { Historian } from '#ports'
import type { DemoPlant } from './demo-plant.ts'
import { replaceFile } from './durable-file.ts'

/** What became of the past of a demo plant. */
export interface ToldPast {
  readonly days: number
  readonly readings: number
  readonly seconds: number
}

/** What a data folder knows of it, in demo.json. `endsAt` (µs) is fixed once the first reading may have been stored. */
interface PastRecord {
  readonly seed: number
  readonly days: number
  readonly endsAt?: number
  readonly complete: boolean
}

export interface DemoPast {
  /** Days that are still to be told; 0 where all of it is stored, or none is wanted. */
  readonly days: number
  /** Where the plant itself is kept between two runs. */
  readonly stateFile: string
  /** Stores it. Goes on where a run before was ended; throws where `signal` ends this one. */
  tell(plant: DemoPlant, historian: Historian, things: readonly Thing[], options: TellOptions): Promise<ToldPast>
}

interface TellOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Readings stored, and how many there may be in all. */
  readonly progress: (done: number, total: number) => void
}

const source = 'demo:backfill'

/**
 * The past of a demo plant in a data folder: told once, at the first start. A folder with readings of a demo that knew no
 * past gets none. The pieces are numbered and the same each time, so that what was stored before a kill is not doubled.
 */
export function demoPast(folder: string, wanted: { readonly seed: number; readonly days: number }): DemoPast {
  const file = join(folder, 'demo.json')
  const known = readRecord(file)
  const isFirst = !known && !existsSync(join(folder, 'readings'))
  const record: PastRecord = known ?? { ...wanted, complete: !isFirst || wanted.days === 0 }
  const isTold = record.complete || record.seed !== wanted.seed
  if (!known) replaceFile(file, JSON.stringify(record))
  return {
    days: isTold ? 0 : record.days,
    stateFile: join(folder, 'demo-plant.json'),
    async tell(plant, historian, things, { clock, signal, progress }) {
      const endsAt = record.endsAt ?? Math.floor(clock.now() / 1e6) * 1e6
      replaceFile(file, JSON.stringify({ ...record, endsAt }))
      const beganMs = clock.monotonicMs()
      let readings = 0
      await plant.tellPast(
        { endsAt, source, things: askedThings(historian, things) },
        async ({ batch, done, total }) => {
          if (signal.aborted) throw new IwError('IW_INSTANCE_DEMO', 'Ended before the past of the plant was stored')
          await historian.append({ ...batch, arrivedAt: clock.now() })
          readings += batch.count
          progress(readings, Math.round((readings * total) / done))
        },
      )
      replaceFile(file, JSON.stringify({ ...record, endsAt, complete: true }))
      // Beside what goes on: a month that is merged is asked in SQL at once. Where it fails the historian says so, and tries again.
      historian.settle().catch(() => {})
      return { days: record.days, readings, seconds: (clock.monotonicMs() - beganMs) / 1000 }
    },
  }
}

function readRecord(file: string): PastRecord | undefined {
  if (!existsSync(file)) return undefined
  const { seed, days, endsAt, complete } = JSON.parse(readFileSync(file, 'utf8')) as PastRecord
  return { seed, days, complete, ...(endsAt !== undefined && { endsAt }) }
}

/** The things with their tags, as the plant is asked for them. */
const askedThings = (historian: Historian, things: readonly Thing[]) =>
  things.map(({ id, connection, properties }) => ({
    id,
    order: (connection?.['order'] ?? 'ABCD') as 'ABCD',
    properties: properties.flatMap((property) => {
      const tag = historian.findTag(id, property.name)?.id
      return tag === undefined ? [] : [{ tag, property }]
    }),
  }))
