import { IwError, type Microseconds } from '#kernel'
import type { SqlAnswer, SqlEngine } from '#ports'
import type { ExportView } from '../contract.ts'
import { sqlOf } from '../formats/parquet.ts'
import { readingColumns, sqlTime } from '../formats/readings-sql.ts'
import type { House } from '../house.ts'
import type { Working } from '../jobs/jobs.ts'
import { ExportFolder } from './export-folder.ts'
import { commandsCsv, eventsCsv, tagsCsv, thingsJson } from './plant-files.ts'
import { type CountedFile, readme } from './readme.ts'

/** One question of an export; years of readings take their time. */
const questionWithinMs = 60 * 60_000
const dayUs = 86_400e6

/** Columns of the rollups in their files. */
const rollupColumns = 'thing, property, time, min, max, mean, sum, count, first, last, worst'

/**
 * Writes everything there is into a folder that needs no Interwork to be read: readings by UTC day and rollups as Parquet,
 * tags, things, events and commands, a README with the counts, checksums. What is acknowledged meanwhile may be in it.
 * Throws `IW_HISTORIAN_UNSUPPORTED` where the historian has no SQL, `IW_HISTORIAN_DISK_FULL` where it would not fit.
 */
export async function exportAll(house: House, job: Working): Promise<ExportView> {
  const sql = sqlOf(house)
  refuseWhereFull(house)
  const createdAt = house.clock.now()
  const folder = new ExportFolder(house.folder, createdAt)
  try {
    const days = await daysOf(sql, job.signal)
    const total = days.reduce((sum, day) => sum + day.rows, 0)
    job.progress(0, total)
    const counted: CountedFile[] = []
    let rows = 0
    for (const { day } of days) {
      const name = `readings/${new Date((day * dayUs) / 1000).toISOString().slice(0, 10)}.parquet`
      const copied = await copy(sql, folder, name, readingsOfDay(day), job.signal)
      counted.push({ name, rows: copied })
      rows += copied
      job.progress(rows, Math.max(rows, total))
    }
    for (const level of ['1m', '1h'] as const) {
      const name = `rollups/${level}.parquet`
      const question = `SELECT ${rollupColumns} FROM rollups WHERE level = '${level}' ORDER BY thing, property, time`
      counted.push({ name, rows: await copy(sql, folder, name, question, job.signal) })
    }
    await addPlant(house, folder, counted, job.signal)
    const facts = { createdAt, rows }
    await folder.write('README.md', [readme({ ...house.system(), ...facts, days: days.length, counted })])
    return await folder.finish(facts)
  } catch (error) {
    folder.discard()
    throw error
  }
}

/** What the disk must have beside what it keeps free for readings: about as much as the readings themselves take. */
function refuseWhereFull({ historian }: House): void {
  const { freeBytes, partBytes, journalBytes } = historian.status()
  const needed = 1.5 * (partBytes + journalBytes)
  if (freeBytes < needed)
    throw new IwError('IW_HISTORIAN_DISK_FULL', `The export needs about ${needed} bytes; ${freeBytes} are free`)
}

/** UTC days with readings, as days since 1970, and how many each has. */
async function daysOf(sql: SqlEngine, signal: AbortSignal): Promise<readonly { day: number; rows: number }[]> {
  const question = `SELECT epoch_us(time) // ${dayUs} AS day, count(*) AS rows FROM readings GROUP BY 1 ORDER BY 1`
  const answer = await sql.query({ sql: question, maxRows: 1_000_000, timeoutMs: questionWithinMs, signal })
  return (await rowsOf(answer)).map(([day, rows]) => ({ day: Number(day), rows: Number(rows) }))
}

async function rowsOf({ batches }: SqlAnswer): Promise<unknown[][]> {
  const rows: unknown[][] = []
  for await (const { count, columns } of batches)
    for (let row = 0; row < count; row++) rows.push(columns.map((column) => column[row]))
  return rows
}

const readingsOfDay = (day: number): string =>
  `SELECT ${readingColumns} FROM readings WHERE time >= ${dayStart(day)} AND time < ${dayStart(day + 1)} ORDER BY thing, property, time`

const dayStart = (day: number): string => sqlTime((day * dayUs) as Microseconds)

async function copy(sql: SqlEngine, folder: ExportFolder, name: string, question: string, signal: AbortSignal) {
  const file = await folder.place(name)
  const { rows } = await sql.copy({ sql: question, timeoutMs: questionWithinMs, signal }, file, 'parquet')
  await folder.add(name, signal)
  return rows
}

async function addPlant(house: House, folder: ExportFolder, counted: CountedFile[], signal: AbortSignal) {
  const files = [tagsCsv(house), thingsJson(house), eventsCsv(house), commandsCsv(house)]
  for (const { name, slices, rows } of files) {
    await folder.write(name, slices, signal)
    counted.push({ name, rows: rows() })
  }
}
