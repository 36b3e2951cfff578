import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'

/**
 * `npm run test:long -- NAME [options]`: a check that takes long, then its control, in which what it guards is switched off
 * and the check must find that out. Without options the summary goes to docs/reference/long/NAME.json with date, commit
 * and load; a run made shorter by options is only printed. Exit code 1 when the check or its control did not do its work.
 */
interface Check {
  /** Options of the run in which the check must find something. */
  readonly control: readonly string[]
  /** Whether it did. */
  readonly found: (summary: Summary) => boolean
}
type Summary = { readonly ok?: unknown; readonly wrong?: unknown; readonly skipped?: unknown }

const checks: Readonly<Record<string, Check>> = {
  crash: { control: ['--control', 'early', '--rounds', '10'], found: ({ ok }) => ok === false },
  'crash-http': { control: ['--control', 'early', '--rounds', '3'], found: ({ ok }) => ok === false },
  faults: { control: ['--control', '--values', '200000'], found: ({ wrong }) => Number(wrong) > 0 },
  import: { control: ['--control', 'lose', '--megabytes', '20', '--kills', '0'], found: ({ ok }) => ok === false },
  store: { control: ['--control', 'remove', '--rounds', '4'], found: ({ ok }) => ok === false },
  trace: {
    control: ['--control', 'early'],
    found: ({ ok, skipped }) => skipped !== undefined || ok === false,
  },
}

const [name = '', ...options] = process.argv.slice(2)
const check = checks[name]
if (!check) {
  console.error(`No long test "${name}". There are: ${Object.keys(checks).join(', ')}`)
  process.exit(2)
}

const root = join(import.meta.dirname, '../..')
const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
const began = new Date()
const load = loadavg().map((value) => Number(value.toFixed(2)))

const result = await summaryOf(options)
const control = options.includes('--control') ? undefined : await summaryOf(check.control)
const ok = result.ok === true && (control === undefined || check.found(control))
const summary = {
  name,
  date: began.toISOString(),
  commit: git('rev-parse', 'HEAD'),
  clean: git('status', '--porcelain', '--', 'src', 'test/long') === '',
  machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.versions.node}`,
  load,
  minutes: Number(((Date.now() - began.getTime()) / 60_000).toFixed(1)),
  ok,
  result,
  ...(control && { control }),
}
if (options.length === 0) record(summary)
console.log(JSON.stringify(summary))
process.exit(ok ? 0 : 1)

function record(content: object): void {
  const folder = join(root, 'docs', 'reference', 'long')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(content, undefined, 2)}\n`)
}

/** Runs the check and gives the JSON of its last line; what is before it is shown as it comes. */
async function summaryOf(args: readonly string[]): Promise<Summary> {
  console.log(`\n${name} ${args.join(' ')}`)
  const script = join(import.meta.dirname, `${name}.ts`)
  const child = spawn(process.execPath, ['-C', 'source', script, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    process.stdout.write(chunk)
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const summary = parse(text.trimEnd().split('\n').at(-1) ?? '')
  if (summary) return summary
  console.error(`${name} ended with code ${code} and no summary`)
  process.exit(1)
}

function parse(line: string): Summary | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
