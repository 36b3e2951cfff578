import { deepEqual, equal, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger, systemClock } from '#kernel'
import { BatchBuilder } from '#model'
import { createClickHouseHistorian } from '#storage'
import { type Cases, NotRun, type Peer } from '../peer.ts'
import { peersFolder, type Running, repositoryRoot, run, start } from '../programs.ts'

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
    const server = await startServer(chdb, folder)
    try {
      const { url } = server
      cases.version = `chdb ${version}, ClickHouse ${(await counts(url)).version}`
      await contract(cases, url, folder)
      await cases.check('a million readings go in and come out of it by scan, aggregates and a restart', () =>
        million(url),
      )
      await cases.check('a second instance is refused the database of the first', () => twoOwners(url))
      await cases.check('a whole instance keeps its readings there', () => instance(url, folder))
      await cases.check('both sides of the wire were used', async () => {
        const { selects, inserts, others, bytesIn, bytesOut } = await counts(url)
        ok(selects > 100 && inserts > 100)
        const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
        return `${inserts} inserts of ${megabytes(bytesIn)}, ${selects} selects of ${megabytes(bytesOut)}, ${others} others`
      })
    } finally {
      await server.stop()
    }
    try {
      await cases.check('a server killed again and again under load loses and doubles nothing', () =>
        killed(chdb, folder),
      )
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

interface Server extends Running {
  readonly url: string
}

async function startServer(chdb: string, folder: string, port = 0): Promise<Server> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const program = join(import.meta.dirname, 'chdb-server.mjs')
  const running = await start(process.execPath, [program, chdb, folder, String(port)], 'listening', 30_000, resolve)
  return { ...running, url: (await promise).replace('listening ', '') }
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

/** The program itself with `historian.url`: line protocol in, the API out, also after it was started again. */
async function instance(url: string, folder: string): Promise<string> {
  const settings = join(folder, 'interwork.yaml')
  writeFileSync(settings, `historian:\n  url: ${addressOf(url, 'iw_instance')}\ndata: ${join(folder, 'instance')}\n`)
  const first = 1_767_225_600_000
  const lines = Array.from({ length: 5000 }, (_, i) => `press,line=a force=${i / 4} ${first + i * 1000}`)
  for (const round of [1, 2]) {
    const { promise, resolve } = Promise.withResolvers<string>()
    const args = ['-C', 'source', join(repositoryRoot, 'src/cli/main.ts'), 'start', '--config', settings, '--port', '0']
    const program = await start(process.execPath, [...args, '--json'], '"ready":true', 30_000, resolve)
    try {
      const { url: api } = JSON.parse(await promise) as { url: string }
      if (round === 1) {
        const written = await fetch(`${api}/api/v2/write?precision=ms`, { method: 'POST', body: lines.join('\n') })
        equal(written.status, 204, await written.text())
      }
      const property = `${api}/api/v1/things/${encodeURIComponent('press,line=a')}/properties/force`
      const page = await fetch(`${property}/readings?from=1&order=asc&limit=10000`)
      const { value } = (await page.json()) as { value: number[] }
      deepEqual(
        value,
        lines.map((_, i) => i / 4),
      )
    } finally {
      await program.stop()
    }
  }
  return `${lines.length} readings`
}

/** A source that counts sends on while the server is killed and started again: it repeats what was refused. */
async function killed(chdb: string, folder: string): Promise<string> {
  const data = join(folder, 'killed')
  mkdirSync(data)
  let server = await startServer(chdb, data)
  const { port } = new URL(server.url)
  const options = {
    url: addressOf(server.url, 'iw_killed'),
    owner: 'peer',
    clock: systemClock,
    log: silentLogger,
    groupMs: 0,
  }
  const historian = createClickHouseHistorian(options)
  await historian.start()
  const [tag] = await historian.defineTags([{ thing: 'edge', property: 'value', type: 'number' }])
  const [batches, rows, first] = [120, 500, 1_767_225_600_000_000]
  const batchOf = (sequence: number) => {
    const builder = new BatchBuilder()
    for (let i = 0; i < rows; i++) builder.add(tag!.id, first + (sequence * rows + i) * 1e6, sequence * rows + i)
    return builder.build({ source: 'edge', sequence, arrivedAt: first + sequence * rows * 1e6 })
  }
  let refused = 0
  let kills = 0
  let restarting: Promise<void> = Promise.resolve()
  const restart = async () => {
    const exited = once(server.child, 'exit')
    server.child.kill('SIGKILL')
    await exited
    server = await startServer(chdb, data, Number(port))
  }
  try {
    for (let sequence = 1; sequence <= batches; ) {
      // The kill comes while an insert is under way.
      const appended = historian.append(batchOf(sequence))
      if (sequence === (kills + 1) * 30) {
        kills++
        restarting = restart()
      }
      try {
        await appended
        sequence++
      } catch (error) {
        equal((error as { code?: string }).code, 'IW_HISTORIAN_DISK_ERROR')
        refused++
        equal(historian.status().accepting, false)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    await restarting
    equal(historian.status().accepting, true)
    await historian.stop()
    const again = createClickHouseHistorian(options)
    await again.start()
    const values: number[] = []
    for await (const slice of again.scan({ tag: tag!.id, from: 0, to: Number.POSITIVE_INFINITY }))
      values.push(...slice.value)
    deepEqual(
      values,
      Array.from({ length: batches * rows }, (_, i) => rows + i),
    )
    equal((await again.append(batchOf(batches))).duplicate, true)
    equal(again.last(tag!.id)?.value, values.at(-1))
    await again.stop()
    ok(refused > 0, 'a kill was noticed')
    return `${kills} kills, ${refused} refusals, ${values.length} readings`
  } finally {
    await server.stop()
  }
}
