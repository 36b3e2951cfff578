import { deepEqual, equal, ok } from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger, systemClock } from '#kernel'
import { BatchBuilder } from '#model'
import { createClickHouseHistorian } from '#storage'
import { type Cases, NotRun, type Peer } from '../peer.ts'
import { peersFolder, repositoryRoot, run, start } from '../programs.ts'

const version = '3.4.0'

/**
 * ClickHouse's engine from npm (`chdb`) behind a small HTTP server of ours, so that @clickhouse/client speaks real HTTP to
 * the real engine: its SQL, its `Native` format, its tables on disk. Not covered is what only ClickHouse's own server does:
 * authentication, TLS, clusters, and failing in the middle of an answer.
 */
export const peer: Peer = {
  name: 'chdb',
  area: 'historian',
  async run(cases) {
    const chdb = await install()
    const folder = mkdtempSync(join(tmpdir(), 'interwork-chdb-'))
    const { promise, resolve } = Promise.withResolvers<string>()
    const program = join(import.meta.dirname, 'chdb-server.mjs')
    const server = await start(process.execPath, [program, chdb, folder], 'listening', 30_000, resolve)
    try {
      const url = (await promise).replace('listening ', '')
      cases.version = `chdb ${version}, ClickHouse ${(await counts(url)).version}`
      await contract(cases, url, folder)
      await cases.check('a million readings go in and come out of it by scan, aggregates and a restart', () =>
        million(url),
      )
      await cases.check('a second instance is refused the database of the first', () => twoOwners(url))
      await cases.check('both sides of the wire were used', async () => {
        const { selects, inserts, others, bytesIn, bytesOut } = await counts(url)
        ok(selects > 100 && inserts > 100)
        const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
        return `${inserts} inserts of ${megabytes(bytesIn)}, ${selects} selects of ${megabytes(bytesOut)}, ${others} others`
      })
    } finally {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

interface Counts {
  readonly version: string
  readonly selects: number
  readonly inserts: number
  readonly others: number
  readonly bytesIn: number
  readonly bytesOut: number
}

const counts = async (url: string): Promise<Counts> => (await (await fetch(`${url}/counts`)).json()) as Counts

const addressOf = (url: string, database: string) => `${url.replace('http:', 'clickhouse:')}/${database}`

/** The folder in which chdb is, installed from npm the first time (543 MB). */
async function install(): Promise<string> {
  const folder = join(peersFolder, 'chdb')
  const manifest = join(folder, 'node_modules/chdb/package.json')
  if (!existsSync(manifest) || JSON.parse(readFileSync(manifest, 'utf8')).version !== version) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
    // The npm that belongs to this Node: a set-up of the project has it beside or in the path.
    const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', `chdb@${version}`]
    const { code, stderr } = await run('npm', args, 150_000)
    if (code !== 0) throw new NotRun(`chdb ${version} cannot be installed: ${stderr.slice(-300)}`)
  }
  return folder
}

interface VitestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly title: string
      readonly status: string
      readonly failureMessages: string[]
    }[]
  }[]
}

/** The contract suite of the port, each of its tests a case of this peer. */
async function contract(cases: Cases, url: string, folder: string): Promise<void> {
  const report = join(folder, 'report.json')
  const vitest = join(repositoryRoot, 'node_modules/vitest/vitest.mjs')
  process.env['IW_CLICKHOUSE'] = url.replace('http:', 'clickhouse:')
  const suite = ['run', '--root', repositoryRoot, 'test/contract/historian/clickhouse.test.ts']
  const { stderr } = await run(
    process.execPath,
    [vitest, ...suite, '--reporter=json', `--outputFile=${report}`],
    170_000,
  )
  if (!existsSync(report)) return cases.failed('the contract of a historian', new Error(stderr.slice(-1000)))
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as VitestReport
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  ok(tests.length > 10, 'the contract has tests')
  for (const { title, status, failureMessages } of tests)
    await cases.check(`contract: ${title}`, () => equal(status, 'passed', failureMessages.join('\n').slice(0, 1000)))
}

async function million(url: string): Promise<string> {
  const rows = 1_000_000
  const options = {
    url: addressOf(url, 'iw_million'),
    owner: 'peer',
    clock: systemClock,
    log: silentLogger,
    groupMs: 0,
  }
  let historian = createClickHouseHistorian(options)
  await historian.start()
  const [tag] = await historian.defineTags([{ thing: 'mill', property: 'power', type: 'number' }])
  const first = 1_767_225_600_000_000
  const began = performance.now()
  for (let at = 0, sequence = 1; at < rows; at += 100_000, sequence++) {
    const batch = new BatchBuilder()
    for (let i = at; i < at + 100_000; i++) batch.add(tag!.id, first + i * 1e6, i % 1000)
    await historian.append(batch.build({ source: 'peer', sequence, arrivedAt: first + rows * 1e6 }))
  }
  const inMs = performance.now() - began
  await historian.settle()
  await historian.stop()
  historian = createClickHouseHistorian(options)
  await historian.start()
  try {
    equal(historian.last(tag!.id)?.value, (rows - 1) % 1000)
    let count = 0
    let sum = 0
    const range = { tag: tag!.id, from: first, to: first + rows * 1e6 }
    for await (const slice of historian.scan(range)) {
      count += slice.count
      for (const value of slice.value) sum += value
    }
    deepEqual([count, sum], [rows, (rows * 999) / 2])
    const day = Float64Array.from({ length: 13 }, (_, i) => first + i * 86_400e6)
    const { count: counts, sum: sums } = await historian.aggregate({ tag: tag!.id, edges: day })
    deepEqual([counts.reduce((a, b) => a + b), sums.reduce((a, b) => a + b)], [rows, sum])
    const { storage } = historian.status()
    ok(storage.days.rows === rows)
    return `stored in ${inMs.toFixed(0)} ms, ${(storage.days.bytes / rows).toFixed(2)} bytes a reading`
  } finally {
    await historian.stop()
  }
}

async function twoOwners(url: string): Promise<void> {
  const of = (owner: string) =>
    createClickHouseHistorian({ url: addressOf(url, 'iw_owned'), owner, clock: systemClock, log: silentLogger })
  const first = of('first')
  await first.start()
  await first.stop()
  let message = ''
  await of('second')
    .start()
    .catch((error: Error) => {
      message = error.message
    })
  ok(/belongs to the instance first/.test(message), message)
}
