import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { ApiClient, SqlAnswerView } from '#instance'
import { exitCodes, UsageError } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { withProgress } from '../progress.ts'
import { amount } from '../progress-bar.ts'
import { table } from '../table.ts'
import { shownTime, shownValue } from '../values.ts'
import { acting, type CommonOptions, type Done, runningInstance, verb } from '../verb.ts'
import { wholeNumber } from './listen-options.ts'

interface SqlOptions {
  readonly csv?: boolean
  readonly parquet?: string
  readonly limit?: number
  readonly timeout?: number
  readonly force?: boolean
}

const usualRows = 1_000
const mostRows = 1_000_000
const usualSeconds = 60

/** `interwork sql`: one question to the running instance, as a table, CSV, JSON or a Parquet file. */
export function sqlCommand(io: Io, done: Done): Command {
  return verb('sql', 'ask one SELECT over readings, rollups, tags and things')
    .argument('<select>', 'the SQL; - reads it from the standard input')
    .option('--csv', 'the answer as CSV')
    .option('--parquet <file>', 'the answer as a Parquet file, however many rows it has')
    .option(
      '--limit <rows>',
      `at most this many rows; default ${usualRows}, with --csv and --json ${mostRows}`,
      wholeNumber,
    )
    .option('--timeout <seconds>', `give up after this; default ${usualSeconds}, at most 300`, wholeNumber)
    .option('--force', 'write over a file that is there')
    .action(acting(io, done, sql))
}

async function sql(io: Io, options: SqlOptions & CommonOptions, select: string): Promise<number> {
  const { csv, parquet, json, limit, timeout = usualSeconds } = options
  if ([csv, parquet, json && !parquet].filter(Boolean).length > 1)
    throw new UsageError('Choose one of --csv, --json and --parquet')
  const text = select === '-' ? await io.input() : select
  const target = parquet === undefined ? undefined : freeFile(io, parquet, options.force)
  const client = await runningInstance(io, options)
  const format = target !== undefined ? 'parquet' : csv ? 'csv' : 'json'
  const rows = limit ?? (csv || json ? mostRows : usualRows)
  const body = { sql: text, format, maxRows: Math.min(rows, mostRows), timeoutMs: timeout * 1000 }
  const pieces = client.download('/api/v1/sql', io.interrupted(), { method: 'POST', body })
  if (target !== undefined) await withProgress(io, 'asking', save(io, pieces, target, json === true))
  else if (csv || json) await pass(io, pieces, json === true)
  else tell(io, JSON.parse(await withProgress(io, 'asking', whole(pieces))) as SqlAnswerView)
  return exitCodes.ok.code
}

function freeFile(io: Io, name: string, force: boolean | undefined): string {
  const file = resolve(io.folder, name)
  if (existsSync(file) && !force) throw new UsageError(`${file} is there already: add --force to write over it`)
  return file
}

type Pieces = ReturnType<ApiClient['download']>

async function whole(pieces: Pieces): Promise<string> {
  const all: Buffer[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all).toString('utf8')
}

/** As it comes, so that a long answer needs no memory. */
async function pass(io: Io, pieces: Pieces, json: boolean): Promise<void> {
  const decoder = new TextDecoder()
  for await (const piece of pieces) io.out(decoder.decode(piece, { stream: true }))
  if (json) io.out('\n')
}

/** Beside first: the file has its name once it is complete. */
async function save(io: Io, pieces: Pieces, target: string, json: boolean): Promise<void> {
  const partial = `${target}.partial`
  let bytes = 0
  try {
    const file = await open(partial, 'w')
    try {
      for await (const piece of pieces) {
        await file.appendFile(piece)
        bytes += piece.length
      }
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(partial, target)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
  io.out(json ? `${JSON.stringify({ file: target, bytes })}\n` : `${target}: ${amount(bytes, 'bytes')}\n`)
}

function tell(io: Io, { columns, rows, truncated, ms }: SqlAnswerView): void {
  const isTime = columns.map(({ type }) => type.startsWith('TIMESTAMP'))
  const isNumber = columns.map(({ type }) => /INT|DOUBLE|FLOAT|DECIMAL/.test(type))
  const cells = rows.map((row) => row.map((cell, column) => shownCell(cell, isTime[column] === true)))
  const right = [...columns.keys()].filter((column) => isNumber[column])
  io.out(
    table(
      columns.map(({ name }) => name),
      cells,
      right,
    ),
  )
  const count = `${rows.length.toLocaleString('en')} ${rows.length === 1 ? 'row' : 'rows'}`
  io.err(`${count} in ${Math.round(ms)} ms${truncated ? '; there are more: --limit, --csv or --parquet' : ''}\n`)
}

function shownCell(cell: unknown, isTime: boolean): string {
  if (isTime && typeof cell === 'number') return shownTime(cell)
  if (typeof cell === 'number' || cell === null || cell === undefined) return shownValue(cell)
  return typeof cell === 'string' ? cell : JSON.stringify(cell)
}
