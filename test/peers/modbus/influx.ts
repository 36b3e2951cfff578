import { deepEqual, equal, match } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cases, Peer } from '../peer.ts'
import { need, repositoryRoot, run, start } from '../programs.ts'
import { span } from './reference.ts'

/** Debian's `influx` command writes line protocol into a running instance; the values are read back by our API. */
export const peer: Peer = {
  name: 'influx',
  area: 'modbus',
  async run(cases) {
    const influx = await need('influx', 'influxdb-client')
    cases.version = (await run(influx, ['-version'])).stdout.trim()
    const folder = mkdtempSync(join(tmpdir(), 'interwork-influx-'))
    const main = join(repositoryRoot, 'src/cli/main.ts')
    const args = ['-C', 'source', main, 'start', '--data', join(folder, 'data'), '--port', '0', '--json']
    const { promise, resolve } = Promise.withResolvers<string>()
    const instance = await start(process.execPath, args, '"ready":true', 30_000, resolve)
    try {
      const { url } = JSON.parse(await promise) as { url: string }
      await writeAndRead(cases, { influx, url, folder })
    } finally {
      await instance.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

interface Setup {
  readonly influx: string
  readonly url: string
  readonly folder: string
}

interface ReadingPage {
  readonly type: string
  readonly time: readonly number[]
  readonly value: readonly unknown[]
}

async function writeAndRead(cases: Cases, { influx, url, folder }: Setup): Promise<void> {
  const { hostname, port } = new URL(url)
  const command = (...args: readonly string[]) => run(influx, ['-host', hostname, '-port', port, ...args])
  const readings = async (thing: string, property: string): Promise<ReadingPage> => {
    const path = `/api/v1/things/${encodeURIComponent(thing)}/properties/${encodeURIComponent(property)}/readings`
    const response = await fetch(`${url.replace(/\/$/, '')}${path}?from=1&order=asc&limit=10000`)
    equal(response.status, 200, await response.clone().text())
    return (await response.json()) as ReadingPage
  }
  await cases.check('INSERT of one point with a number, an integer, a boolean and a text', async () => {
    const line = 'weather,station=roof temperature=21.53,rain=7i,open=true,note="north \\"wind\\"" 1767225600123456789'
    const { code, stdout, stderr } = await command(
      '-database',
      'interwork',
      '-precision',
      'ns',
      '-execute',
      `INSERT ${line}`,
    )
    equal(code, 0, stdout + stderr)
    const thing = 'weather,station=roof'
    for (const [property, type, value] of [
      ['temperature', 'number', 21.53],
      ['rain', 'integer', 7],
      ['open', 'boolean', true],
      ['note', 'string', 'north "wind"'],
    ] as const) {
      const page = await readings(thing, property)
      // Nanoseconds are rounded to microseconds.
      deepEqual(
        { type: page.type, time: page.time, value: page.value },
        { type, time: [1767225600123457], value: [value] },
      )
    }
  })
  await cases.check('-import of a file with 5,000 lines', async () => {
    const count = 5000
    const first = 1_767_225_600_000_000
    const lines = span(0, count, (i) => `bench,machine=${i % 10} v=${i / 8} ${first + i * 1000}000`)
    const file = join(folder, 'lines.txt')
    writeFileSync(file, ['# DML', '# CONTEXT-DATABASE: interwork', ...lines, ''].join('\n'))
    const { code, stdout, stderr } = await command('-import', `-path=${file}`, '-precision=ns')
    equal(code, 0, stdout + stderr)
    match(stdout + stderr, /Processed 5000 inserts/)
    for (const machine of [0, 3, 9]) {
      const page = await readings(`bench,machine=${machine}`, 'v')
      const rows = span(0, count / 10, (i) => i * 10 + machine)
      deepEqual(
        page.time,
        rows.map((i) => first + i * 1000),
      )
      deepEqual(
        page.value,
        rows.map((i) => i / 8),
      )
    }
    return `${count.toLocaleString('en')} lines`
  })
  await cases.check('a point whose field has another type is refused, and the command says so', async () => {
    const bad = await command(
      '-database',
      'interwork',
      '-execute',
      'INSERT weather,station=roof temperature="warm" 1767225601000000000',
    )
    match(bad.stdout + bad.stderr, /ERR:/)
    deepEqual((await readings('weather,station=roof', 'temperature')).value, [21.53])
  })
}
