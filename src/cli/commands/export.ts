import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { ApiClient, ExportView, JobView } from '#instance'
import { IwError } from '#kernel'
import { exitCodes, UsageError } from '../exit-codes.ts'
import { followJob } from '../follow-job.ts'
import type { Io } from '../io.ts'
import { amount, ProgressBar } from '../progress-bar.ts'
import { acting, type CommonOptions, type Done, runningInstance, verb } from '../verb.ts'

const formats = ['csv', 'arrow', 'arrow-stream', 'parquet'] as const
type Format = (typeof formats)[number]

interface ExportOptions {
  readonly all?: string
  readonly from?: string
  readonly to?: string
  readonly format?: Format
  readonly layout?: 'long' | 'wide'
  readonly output?: string
  readonly force?: boolean
}

/** `interwork export`: readings as a file that other programs read, or everything as a folder of them. */
export function exportCommand(io: Io, done: Done): Command {
  return verb('export', 'write readings as a file, or with --all everything as a folder that a stranger can read')
    .argument(
      '[thing/property...]',
      'the properties; a name without a slash is another property of the thing before it',
    )
    .option('--all <folder>', 'everything there is: readings, rollups, things, events, with a README')
    .option('--from <time>', 'ISO 8601, µs since 1970, or relative as -7d; default the last hour')
    .option('--to <time>', 'as --from; this time is not included')
    .addOption(new Option('--format <format>', 'default by the ending of the file, else csv').choices(formats))
    .addOption(new Option('--layout <layout>', 'one below the other, or side by side').choices(['long', 'wide']))
    .option('-o, --output <file>', 'where to; without it CSV goes to the standard output')
    .option('--force', 'write over a file that is there')
    .action(acting(io, done, exportReadings))
}

async function exportReadings(
  io: Io,
  options: ExportOptions & CommonOptions,
  names: readonly string[],
): Promise<number> {
  if (options.all !== undefined) {
    if (names.length > 0) throw new UsageError('Give either --all or properties')
    await exportAll(io, options, options.all)
    return exitCodes.ok.code
  }
  if (names.length === 0) throw new UsageError('Name properties as thing/property, or give --all <folder>')
  const format = formatOf(options)
  const query = new URLSearchParams({
    properties: names.map((name) => name.replaceAll(/[\\,]/g, '\\$&')).join(','),
    format,
    ...(options.layout && { layout: options.layout }),
    ...(options.from !== undefined && { from: options.from }),
    ...(options.to !== undefined && { to: options.to }),
  })
  await exportFile(io, options, `/api/v1/readings?${query}`, format)
  return exitCodes.ok.code
}

function formatOf({ format, output }: ExportOptions): Format {
  if (format) return format
  const ending = output === undefined ? '' : extname(output).toLowerCase()
  return ending === '.parquet' ? 'parquet' : ['.arrow', '.feather'].includes(ending) ? 'arrow' : 'csv'
}

async function exportFile(io: Io, options: ExportOptions & CommonOptions, path: string, format: Format): Promise<void> {
  const { output, force, json } = options
  const client = await runningInstance(io, options)
  const signal = io.interrupted()
  if (output === undefined) {
    if (format !== 'csv') throw new UsageError(`Name a file for ${format}: -o <file>`)
    const decoder = new TextDecoder()
    for await (const piece of client.download(path, signal)) io.out(decoder.decode(piece, { stream: true }))
    return
  }
  const target = resolve(io.folder, output)
  if (existsSync(target) && !force) throw new UsageError(`${target} is there already: add --force to write over it`)
  const bar = new ProgressBar(io, 'exporting', 'bytes')
  try {
    const { bytes } = await download(client, path, target, signal, (done) => bar.show(done))
    io.out(json ? `${JSON.stringify({ file: target, format, bytes })}\n` : `${target}: ${amount(bytes, 'bytes')}\n`)
  } finally {
    bar.end()
  }
}

/** Has the instance write its export, fetches it file by file, compares the checksums and removes the instance's copy. */
async function exportAll(io: Io, options: CommonOptions, where: string): Promise<void> {
  const folder = resolve(io.folder, where)
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new UsageError(`${folder} is not empty`)
  const client = await runningInstance(io, options)
  const signal = io.interrupted()
  const started = await client.json<JobView>('/api/v1/exports', { method: 'POST', body: {} })
  const { result } = await followJob(io, client, started, {
    doing: 'exporting',
    otherwise: 'IW_INSTANCE_EXPORT',
    signal,
  })
  const made = result as unknown as ExportView
  try {
    await fetchAll(io, client, made, folder, signal)
  } finally {
    await client.text(`/api/v1/exports/${made.id}`, { method: 'DELETE' })
  }
  const { rows, bytes, files } = made
  if (options.json) io.out(`${JSON.stringify({ folder, rows, bytes, files })}\n`)
  else
    io.out(
      `${folder}\n${rows.toLocaleString('en')} readings, ${files.length} files, ${amount(bytes, 'bytes')}; its README.md says how to read it.\n`,
    )
}

async function fetchAll(io: Io, client: ApiClient, made: ExportView, folder: string, signal: AbortSignal) {
  const bar = new ProgressBar(io, 'fetching', 'bytes')
  let before = 0
  try {
    for (const { name, bytes, sha256 } of made.files) {
      const path = `/api/v1/exports/${made.id}/files/${encodeURIComponent(name)}`
      const target = join(folder, name)
      await mkdir(dirname(target), { recursive: true })
      const got = await download(client, path, target, signal, (done) => bar.show(before + done, made.bytes))
      if (got.sha256 !== sha256 || got.bytes !== bytes)
        throw new IwError('IW_INSTANCE_EXPORT', `${name} arrived otherwise than it was written`)
      before += bytes
    }
  } finally {
    bar.end()
  }
}

/** Writes what comes beside the file and gives it its name once it is complete. */
async function download(
  client: ApiClient,
  path: string,
  target: string,
  signal: AbortSignal,
  progress: (bytes: number) => void,
): Promise<{ bytes: number; sha256: string }> {
  const partial = `${target}.partial`
  const hash = createHash('sha256')
  let bytes = 0
  try {
    const file = await open(partial, 'w')
    try {
      for await (const piece of client.download(path, signal)) {
        hash.update(piece)
        await file.appendFile(piece)
        bytes += piece.length
        progress(bytes)
      }
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(partial, target)
    return { bytes, sha256: hash.digest('hex') }
  } catch (error) {
    await rm(partial, { force: true })
    if (signal.aborted) throw new IwError('IW_INSTANCE_EXPORT', 'It was interrupted', { cause: error })
    throw error
  }
}
