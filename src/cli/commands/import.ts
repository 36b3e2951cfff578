import { type Command, Option } from 'commander'
import type { ApiClient, ImportPage, SystemView } from '#instance'
import { exitCodes, UsageError } from '../exit-codes.ts'
import { type ImportWords, importRequestOf } from '../import/options.ts'
import { type FileToSend, openFile, sendFile } from '../import/send-file.ts'
import { tellImport, tellPlan, tellRetention } from '../import/tell.ts'
import type { Io } from '../io.ts'
import { acting, type CommonOptions, type Done, runningInstance, verb } from '../verb.ts'

/** `interwork import`: files of readings into the running instance. */
export function importCommand(io: Io, done: Done): Command {
  const command = verb('import', 'store the readings of CSV, Parquet and line protocol files; goes on where it stopped')
    .argument('<file...>', 'files, one after another')
    .option('--dry-run', 'say what would be done, from the first MiB; nothing is stored')
    .option('--all', 'with --dry-run: read all of the file')
  return withReading(command)
    .option('--max-rejects <share>', 'pause where more than this share of rows is bad, such as 0.05 or 5% (default 1%)')
    .option('--again', 'store it again even if this file was imported before')
    .option('--rejected <file>', 'write the rows that were not taken to this CSV file')
    .action(acting(io, done, importFiles))
}

/** Options that say how files are to be read. */
const withReading = (command: Command): Command =>
  command
    .addOption(new Option('--format <format>', 'default: by name and first bytes').choices(['csv', 'parquet', 'lines']))
    .option('--thing <id>', 'the thing all readings belong to (default: the name of the file)')
    .option('--zone <zone>', 'of times that say none, such as Europe/Berlin (default: that of the site)')
    .option('--time-column <name>', 'by header or place (#1); twice where date and time of day are apart', collect)
    .addOption(
      new Option('--time-format <format>', 'order of year, month, day; Excel days; or unit since 1970').choices([
        'ymd',
        'dmy',
        'mdy',
        'excel',
        's',
        'ms',
        'us',
        'ns',
      ]),
    )
    .addOption(
      new Option('--layout <layout>', 'a column for each property, or a row for each reading').choices([
        'wide',
        'long',
      ]),
    )
    .addOption(new Option('--decimal <sign>', 'of numbers').choices(['.', ',']))
    .option('--thousands <sign>', 'between groups of three digits')
    .option('--delimiter <sign>', 'between cells; tab for a tabulator')
    .option('--encoding <name>', 'such as utf-8, gb18030, latin1')
    .option('--map <file>', 'YAML or JSON file with all this and what becomes of each column')
    .addOption(
      new Option('--precision <unit>', 'of the times in line protocol (default ns)').choices(['ns', 'us', 'ms', 's']),
    )

const collect = (value: string, before: string[] = []): string[] => [...before, value]

interface ImportOptions extends ImportWords {
  readonly dryRun?: boolean
  readonly all?: boolean
  readonly again?: boolean
  readonly rejected?: string
}

async function importFiles(io: Io, options: ImportOptions & CommonOptions, paths: readonly string[]): Promise<number> {
  if (options.rejected !== undefined && paths.length > 1) throw new UsageError('--rejected is for one file at a time')
  const client = await runningInstance(io, options)
  const interrupted = io.interrupted()
  let worst: number = exitCodes.ok.code
  for (const path of paths) {
    const file = await openFile(io.folder, path)
    try {
      worst = Math.max(worst, await importFile(io, client, file, options, interrupted))
    } finally {
      await file.close()
    }
    if (interrupted.aborted) return exitCodes.stopped.code
  }
  return worst
}

async function importFile(
  io: Io,
  client: ApiClient,
  file: FileToSend,
  options: ImportOptions & CommonOptions,
  interrupted: AbortSignal,
): Promise<number> {
  const request = { ...(await importRequestOf(io.folder, file, options)), dryRun: options.dryRun === true }
  const onlyHead = options.dryRun === true && options.all !== true && request.format !== 'parquet'
  const again = options.again === true && options.dryRun !== true
  const started = io.now()
  const view = await sendFile(io, client, file, { ...request, again }, { onlyHead, interrupted })
  if (options.json) io.out(`${JSON.stringify(view)}\n`)
  else if (options.dryRun) tellPlan(io, view, onlyHead)
  else tellImport(io, view, interrupted.aborted, started)
  if (!options.json) tellRetention(io, view, await client.json<SystemView>('/api/v1/system'))
  if (options.rejected !== undefined && view.rejected > 0) await writeRejected(io, client, view, options.rejected)
  if (view.dryRun) await client.text(`/api/v1/imports/${view.id}`, { method: 'DELETE' })
  return exitCodeOf(view)
}

async function writeRejected(io: Io, client: ApiClient, { id }: ImportPage, path: string): Promise<void> {
  const { writeFile } = await import('node:fs/promises')
  const { resolve } = await import('node:path')
  await writeFile(resolve(io.folder, path), await client.text(`/api/v1/imports/${id}/rejected?format=csv`))
}

function exitCodeOf({ state, rejected, dryRun }: ImportPage): number {
  if (state === 'paused' || state === 'failed' || state === 'cancelled') return exitCodes.failed.code
  if (state === 'running' && !dryRun) return exitCodes.stopped.code
  return rejected > 0 ? exitCodes.partly.code : exitCodes.ok.code
}
