import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProgramFolder } from '../../fakes/program.ts'
import { pythonWith, run } from '../programs.ts'
import { type Dataset, fillReadings } from './dataset.ts'
import { askRanges } from './ranges.ts'

/** An instance with readings of every kind, its files as they were before it started, and an export of it. */
export interface Stored {
  readonly url: string
  /** Where `.interwork/data` and `everything` are. */
  readonly folder: string
  /** Merged files: several for a day, of several ranks. */
  readonly parts: string
  readonly partFiles: number
  readonly dataset: Dataset
  readonly program: ProgramFolder
  readonly seed: number
}

export const rangeCount = 1_000

let stored: Promise<Stored> | undefined

/** One for all peers of a run; it ends with the run. */
export const storedReadings = (): Promise<Stored> => (stored ??= make())

async function make(): Promise<Stored> {
  const seed = Number(process.env['IW_SEED'] ?? Date.now() % 1e9)
  console.log(`  seed ${seed} (IW_SEED)`)
  const folder = mkdtempSync(join(tmpdir(), 'iw-peers-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const program = new ProgramFolder(folder)
  // The readings are of a day long ago.
  writeFileSync(join(folder, 'interwork.yaml'), 'historian: { retention: { raw: forever } }\n')
  await (await program.start()).end('SIGTERM')
  const dataset = await fillReadings(join(program.data, 'readings'), seed)
  const parts = join(folder, 'parts-before')
  const partFiles = keepParts(join(program.data, 'readings', 'parts'), parts)
  const running = await program.start()
  process.on('exit', () => process.kill(running.pid, 'SIGKILL'))
  mkdirSync(join(folder, '.interwork'))
  symlinkSync(program.data, join(folder, '.interwork', 'data'))
  const { url } = running
  return { url, folder, parts, partFiles, dataset, program, seed }
}

let asked: Promise<string> | undefined

/** The file with the ranges and what the API answers, which is what was stored. */
export const rangesFile = (): Promise<string> => (asked ??= askAll())

async function askAll(): Promise<string> {
  const { url, dataset, folder, seed } = await storedReadings()
  const file = join(folder, 'ranges.json')
  writeFileSync(file, JSON.stringify(await askRanges(url, dataset, rangeCount, seed)))
  return file
}

/** The program may merge its files further; those of now are what is read. */
function keepParts(from: string, to: string): number {
  mkdirSync(to)
  const names = readdirSync(from).filter((name) => name.startsWith('raw-') && name.endsWith('.parquet'))
  for (const name of names) copyFileSync(join(from, name), join(to, name))
  return names.length
}

export const versions = { pandas: '3.1.1', pyarrow: '26.0.1', duckdb: '2.0.0', polars: '2.1.0' } as const

/** The Python with all three libraries. */
export const interpreter = (): Promise<string> => pythonWith('historian', versions)

let exported: Promise<string> | undefined

/** The export folder, made by the command line. */
export const exportFolder = (): Promise<string> => (exported ??= makeExport())

async function makeExport(): Promise<string> {
  const { program, folder } = await storedReadings()
  const { code, err } = await program.run('export', '--all', 'everything')
  if (code !== 0) throw new Error(`interwork export --all: ${err}`)
  const { code: wrong, stderr } = await run('/bin/sh', [
    '-c',
    `cd '${folder}/everything' && sha256sum --check --quiet CHECKSUMS`,
  ])
  if (wrong !== 0) throw new Error(`the checksums do not agree: ${stderr}`)
  return join(folder, 'everything')
}
