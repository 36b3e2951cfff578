import type { Command } from 'commander'
import type { ApiClient, PropertyView, ReadingPage, ThingView } from '#instance'
import { type ErrorCode, errorCatalogue } from '#kernel'
import { exitCodes, UsageError } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { withProgress } from '../progress.ts'
import { table } from '../table.ts'
import { propertyPath, shownAge, shownTime, shownUnit, shownValue, splitTarget, thingPath } from '../values.ts'
import { acting, type CommonOptions, type Done, runningInstance, verb } from '../verb.ts'
import { wholeNumber } from './listen-options.ts'
import { allThings } from './things.ts'

interface ReadOptions {
  readonly from?: string
  readonly to?: string
  readonly limit?: number
  readonly csv?: boolean
}

const usualRows = 20
const pageRows = 10_000

/** `interwork read`: newest values, or the readings of one property over time. */
export function readCommand(io: Io, done: Done): Command {
  return verb('read', 'read the newest values, or with --from, --to or --csv the readings of one property')
    .argument('[thing[/property]]', 'what to read; without it everything')
    .option('--from <time>', 'ISO 8601, µs since 1970, or relative as -1h')
    .option('--to <time>', 'as --from; this time is not included')
    .option('--limit <rows>', `at most this many readings; default ${usualRows}, with --csv all`, wholeNumber)
    .option('--csv', 'readings as CSV, oldest first')
    .action(acting(io, done, read))
}

async function read(io: Io, options: ReadOptions & CommonOptions, target?: string): Promise<number> {
  const client = await runningInstance(io, options)
  const { thing, property } = target === undefined ? {} : splitTarget(target)
  const overTime = options.from ?? options.to ?? options.limit ?? options.csv
  if (overTime !== undefined) {
    if (thing === undefined || property === undefined)
      throw new UsageError('Readings over time are of one thing/property')
    await readings(io, client, propertyPath(thing, property), options)
  } else if (thing === undefined) tell(io, options, await withProgress(io, 'reading', allThings(client)))
  else if (property === undefined) tell(io, options, [await client.json<ThingView>(thingPath(thing))])
  else tellProperty(io, options, thing, await client.json<PropertyView>(propertyPath(thing, property)))
  return exitCodes.ok.code
}

function tell(io: Io, { json }: CommonOptions, things: readonly ThingView[]): void {
  const rows = things.flatMap(({ id, properties }) => properties.map((property) => ({ id, property })))
  io.out(json ? `${JSON.stringify({ things })}\n` : lastTable(io, rows))
  if (!json) for (const thing of things) tellTrouble(io, thing)
}

/** Why a machine gives no values, or not all of them, and what to do. */
function tellTrouble(io: Io, { id, status }: ThingView): void {
  if (!status?.error) return
  const { code, message } = status.error
  const remedy = code in errorCatalogue ? errorCatalogue[code as ErrorCode].remedy : ''
  io.err(`${id} (${status.address}): ${message}\n${code}: ${remedy}\n`)
}

function tellProperty(io: Io, { json }: CommonOptions, id: string, property: PropertyView): void {
  io.out(json ? `${JSON.stringify(property)}\n` : lastTable(io, [{ id, property }]))
}

function lastTable(io: Io, rows: readonly { id: string; property: PropertyView }[]): string {
  const cells = rows.map(({ id, property: { name, unit, decimals, last } }) => [
    `${id}/${name}`,
    shownValue(last?.value, decimals),
    shownUnit(unit),
    last?.quality ?? 'no reading yet',
    shownAge(last?.time, io.now()),
  ])
  return table(['property', 'value', 'unit', 'quality', 'age'], cells, [1, 4])
}

/** Follows the pages; CSV and JSON are written page by page, so that a year needs no more memory than a day. */
async function readings(io: Io, client: ApiClient, path: string, options: ReadOptions & CommonOptions): Promise<void> {
  const { csv, json, from, to } = options
  let left = options.limit ?? (csv ? Number.POSITIVE_INFINITY : usualRows)
  if (csv) io.out('time,value,quality\r\n')
  let cursor: string | undefined
  do {
    const query = new URLSearchParams({
      order: csv ? 'asc' : 'desc',
      limit: String(Math.min(left, pageRows)),
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(cursor !== undefined && { cursor }),
    })
    const page: ReadingPage = await withProgress(io, 'reading', client.json<ReadingPage>(`${path}/readings?${query}`))
    left -= page.time.length
    cursor = left > 0 && page.time.length > 0 ? page.next : undefined
    io.out(csv ? csvRows(page) : json ? `${JSON.stringify(page)}\n` : pageTable(page))
  } while (cursor !== undefined)
}

function pageTable({ time, value, quality, unit }: ReadingPage): string {
  const rows = time.map((at, index) => [shownTime(at), shownValue(value[index]), shownUnit(unit), quality[index]!])
  return table(['time', 'value', 'unit', 'quality'], rows, [1])
}

function csvRows({ time, value, quality }: ReadingPage): string {
  return time.map((at, index) => `${shownTime(at)},${csvCell(value[index] ?? '')},${quality[index]}\r\n`).join('')
}

/** RFC 4180 §2.6 and 2.7. */
function csvCell(value: number | boolean | string): string {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
