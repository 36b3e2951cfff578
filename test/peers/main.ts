import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CaseResult, Cases, NotRun, type Peer } from './peer.ts'
import { peersFolder } from './programs.ts'

/**
 * `npm run test:peers -- [NAME…]`: NAME is an area (`modbus`) or a peer (`tshark`); none: all. Prints one line a case and
 * last `N passed, N failed`; writes .peers/report.json. Exit code 1 when a case failed.
 */
const modules: readonly (() => Promise<{ peer: Peer }>)[] = [
  () => import('./modbus/libmodbus.ts'),
  () => import('./modbus/libmodbus-rtu.ts'),
  () => import('./modbus/pymodbus.ts'),
  () => import('./modbus/mbpoll.ts'),
  () => import('./modbus/tshark.ts'),
  () => import('./modbus/influx.ts'),
  () => import('./historian/pandas.ts'),
  () => import('./historian/pandas-guide.ts'),
  () => import('./historian/duckdb.ts'),
  () => import('./historian/polars.ts'),
  () => import('./historian/chdb.ts'),
  () => import('./historian/oracle.ts'),
]
/** The most one peer may take. */
const longestMs = 180_000

const wanted = process.argv.slice(2)
const all = (await Promise.all(modules.map((load) => load()))).map(({ peer }) => peer)
const chosen = all.filter(({ name, area }) => wanted.length === 0 || wanted.includes(name) || wanted.includes(area))
if (chosen.length === 0) {
  console.error(
    `No peer "${wanted.join(' ')}". There are: ${all.map(({ name, area }) => `${area}/${name}`).join(', ')}`,
  )
  process.exit(2)
}

/** A row of the report. */
type Row = CaseResult & { readonly area: string; readonly peer: string; readonly version: string }

const rows: Row[] = []
for (const peer of chosen) {
  const cases = await ask(peer)
  for (const result of cases.results) rows.push({ area: peer.area, peer: peer.name, version: cases.version, ...result })
}
mkdirSync(peersFolder, { recursive: true })
writeFileSync(
  join(peersFolder, 'report.json'),
  `${JSON.stringify({ at: new Date().toISOString(), rows }, undefined, 2)}\n`,
)
const count = (result: CaseResult['result']) => rows.filter((row) => row.result === result).length
if (count('not run') > 0) console.log(`\n${count('not run')} not run: see above`)
console.log(`${count('pass')} passed, ${count('fail')} failed`)
process.exit(count('fail') > 0 ? 1 : 0)

async function ask(peer: Peer): Promise<Cases> {
  const began = performance.now()
  console.log(`\n${peer.area}/${peer.name}`)
  const cases = new Cases(({ case: name, result, why, seen }) =>
    console.log(`  ${result.padEnd(7)} ${name}${seen ? ` (${seen})` : ''}${why ? `: ${why}` : ''}`),
  )
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took more than ${longestMs / 1000} s`)), longestMs)
  })
  try {
    await Promise.race([peer.run(cases), tooLong])
  } catch (error) {
    if (error instanceof NotRun) cases.notRun('all', error.message)
    else cases.failed('the peer as a whole', error)
  } finally {
    clearTimeout(timer)
  }
  console.log(`  ${cases.version || 'version unknown'}, ${((performance.now() - began) / 1000).toFixed(1)} s`)
  return cases
}
