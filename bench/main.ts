import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { type Bench, figure, machine, type Result, reaches } from './harness.ts'

/** `npm run bench -- NAME [--json] [--check]`: each bench is a module that exports `bench`; loaded only when asked for. */
const benches: Readonly<Record<string, () => Promise<{ bench: Bench }>>> = {
  modbus: () => import('./modbus.ts'),
  'modbus-peers': () => import('./modbus-peers.ts'),
  ingest: () => import('./ingest.ts'),
  'ingest-http': () => import('./ingest-http.ts'),
  live: () => import('./live.ts'),
  query: () => import('./query.ts'),
  store: () => import('./store.ts'),
  start: () => import('./start.ts'),
  console: () => import('./console.ts'),
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, check: { type: 'boolean' } },
})
const names = positionals.length > 0 ? positionals : Object.keys(benches)
let missed = 0
for (const name of names) {
  const load = benches[name]
  if (!load) {
    console.error(`No bench "${name}". There are: ${Object.keys(benches).join(', ')}`)
    process.exit(2)
  }
  const { bench } = await load()
  const say = (line: string) => (options.json ? process.stderr : process.stdout).write(`${line}\n`)
  say(`\n${bench.name}: ${bench.load}\n  on ${machine()}, load average ${loadavg()[0]!.toFixed(1)}`)
  const results = await bench.run((line) => say(`  ${line}`))
  missed += results.filter((result) => !reaches(result)).length
  if (options.json) console.log(JSON.stringify(report(bench, results)))
  else for (const result of results) console.log(row(result))
}
process.exit(options.check && missed > 0 ? 1 : 0)

function report({ name, load }: Bench, results: readonly Result[]) {
  return {
    bench: name,
    machine: machine(),
    load,
    results: results.map((result) => ({
      ...result,
      ...(result.peer && { ratio: result.value / result.peer.value }),
      ok: reaches(result),
    })),
  }
}

function row(result: Result): string {
  const { name, value, unit, bar, peer } = result
  const bound = bar ? `  (must be ${bar.op} ${figure(bar.value)}${reaches(result) ? '' : ': MISSED'})` : ''
  const other = peer ? `  ${peer.name} ${peer.version}: ${figure(peer.value)}, ratio ${figure(value / peer.value)}` : ''
  return `  ${name.padEnd(52)} ${figure(value).padStart(10)} ${unit}${bound}${other}`
}
