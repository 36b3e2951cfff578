import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExportView, JobView } from '#instance'
import { ProgramFolder, type RunningProgram } from '../fakes/program.ts'

const day = 86_400
const firstDay = Date.UTC(2026, 0, 30) / 1000
const rowsADay = 3_000

let folder: ProgramFolder
let program: RunningProgram

beforeAll(async () => {
  folder = new ProgramFolder()
  writeFileSync(join(folder.path, 'interwork.yaml'), 'historian: { retention: { raw: forever } }\n')
  program = await folder.start()
  const lines: string[] = []
  for (let days = 0; days < 3; days++)
    for (let row = 0; row < rowsADay; row++) {
      const time = firstDay + days * day + row * 20
      lines.push(
        `mill,host=a power=${row / 7},count=${2n ** 60n + BigInt(row)}i,state="${row % 2 ? 'on' : 'off, "now"'}" ${time}`,
      )
    }
  const body = lines.join('\n').replaceAll('off, "now"', 'off, \\"now\\"')
  const written = await fetch(`${program.url}/write?precision=s`, { method: 'POST', body })
  expect(written.status).toBe(204)
}, 60_000)
afterAll(() => folder.close())

const cli = (...args: string[]) => folder.run(...args, '--data', folder.data)
const get = (path: string) => fetch(`${program.url}/api/v1${path}`)
const json = async <T>(path: string, init?: RequestInit) =>
  (await (await fetch(`${program.url}/api/v1${path}`, init)).json()) as T

async function sql(text: string): Promise<unknown[][]> {
  const headers = { 'content-type': 'application/json' }
  const answer = await json<{ rows: unknown[][] }>('/sql', {
    method: 'POST',
    headers,
    body: JSON.stringify({ sql: text }),
  })
  return answer.rows
}

async function thing(): Promise<string> {
  const { things } = await json<{ things: { id: string }[] }>('/things')
  return things[0]!.id
}

describe('an export of everything', () => {
  it('is a folder that says what is in it, and that is what SQL counts', async () => {
    const { code, err, out } = await cli('export', '--all', 'everything')
    expect({ code, err }).toEqual({ code: 0, err: expect.any(String) })
    expect(out).toContain('27,000 readings')
    const everything = join(folder.path, 'everything')
    expect(readdirSync(everything).toSorted()).toEqual(
      [
        'CHECKSUMS',
        'README.md',
        'commands.csv',
        'events.csv',
        'readings',
        'rollups',
        'tags.csv',
        'things.json',
      ].toSorted(),
    )
    const readme = readFileSync(join(everything, 'README.md'), 'utf8')
    const counted = new Map(
      [...readme.matchAll(/^\| (\S+) \| .* \| (\d+) \|$/gm)].map(([, name, rows]) => [name, Number(rows)]),
    )
    const byDay = await sql('SELECT epoch_us(time) // 86400000000 AS day, count(*) FROM readings GROUP BY 1 ORDER BY 1')
    expect(byDay.length).toBe(3)
    for (const [days, rows] of byDay) {
      const name = `readings/${new Date(Number(days) * day * 1000).toISOString().slice(0, 10)}.parquet`
      expect(counted.get(name)).toBe(Number(rows))
      expect(await parquetRows(join(everything, name))).toHaveLength(Number(rows))
    }
    const [[all]] = (await sql('SELECT count(*) FROM readings')) as [[number]]
    expect(readme).toContain(`There are ${all} readings of 3 days`)
    for (const level of ['1m', '1h']) {
      const [[rows]] = (await sql(`SELECT count(*) FROM rollups WHERE level = '${level}'`)) as [[number]]
      expect(counted.get(`rollups/${level}.parquet`)).toBe(Number(rows))
    }
    expect(counted.get('tags.csv')).toBe(3)
    expect(readFileSync(join(everything, 'events.csv'), 'utf8')).toContain('instance.started')
    expect(counted.get('events.csv')).toBeGreaterThan(0)
  }, 60_000)

  it('has checksums that agree, keeps every value, and leaves nothing with the instance', async () => {
    const everything = join(folder.path, 'everything')
    const checksums = readFileSync(join(everything, 'CHECKSUMS'), 'utf8').trimEnd().split('\n')
    expect(checksums.length).toBe(3 + 2 + 5)
    for (const entry of checksums) {
      const [sha256, name] = entry.split('  ')
      expect(
        createHash('sha256')
          .update(readFileSync(join(everything, name!)))
          .digest('hex'),
      ).toBe(sha256)
    }
    const rows = await parquetRows(join(everything, 'readings/2026-01-30.parquet'))
    expect(rows.filter(({ property }) => property === 'count').map(({ integer }) => integer)).toEqual(
      Array.from({ length: rowsADay }, (_, row) => 2n ** 60n + BigInt(row)),
    )
    expect(rows.find(({ text }) => text !== null)?.['text']).toBe('off, "now"')
    expect((await json<{ exports: unknown[] }>('/exports')).exports).toEqual([])
    expect(readdirSync(join(folder.data, 'exports'))).toEqual([])
  })

  it('is refused where a folder holds something, and told at once', async () => {
    mkdirSync(join(folder.path, 'full'))
    writeFileSync(join(folder.path, 'full', 'mine.txt'), 'mine')
    const { code, err } = await cli('export', '--all', 'full')
    expect(code).toBe(2)
    expect(err).toContain('is not empty')
    expect((await cli('export')).code).toBe(2)
    expect((await cli('export', '--all', 'x', 'mill/power')).code).toBe(2)
  })

  it('can be cancelled, and then nothing of it is left', async () => {
    const started = await json<JobView>('/exports', { method: 'POST' })
    await fetch(`${program.url}/api/v1/jobs/${started.id}`, { method: 'DELETE' })
    const job = await json<JobView>(`/jobs/${started.id}`)
    expect(job.state).toBe('cancelled')
    expect(readdirSync(join(folder.data, 'exports'))).toEqual([])
    expect((await cli('jobs')).out).toContain('cancelled')
  })

  it('stays with the instance where it is asked for there, until it is removed', async () => {
    const started = await json<JobView>('/exports', { method: 'POST' })
    let job = started
    while (job.state === 'running') job = await json<JobView>(`/jobs/${started.id}`)
    const { id, files } = job.result as unknown as ExportView
    for (const { name, sha256 } of files) {
      const reply = await get(`/exports/${id}/files/${encodeURIComponent(name)}`)
      const bytes = Buffer.from(await reply.arrayBuffer())
      expect(createHash('sha256').update(bytes).digest('hex'), name).toBe(sha256)
    }
    for (const name of ['../../token', '..%2F..%2Ftoken', 'export.json'])
      expect((await get(`/exports/${id}/files/${encodeURIComponent(name)}`)).status).toBe(404)
    expect((await fetch(`${program.url}/api/v1/exports/${id}`, { method: 'DELETE' })).status).toBe(204)
    expect((await get(`/exports/${id}/files/README.md`)).status).toBe(404)
  }, 60_000)
})

describe('an export of properties', () => {
  it.each(['csv', 'arrow', 'parquet'])(
    'is a %s file with every row',
    async (format) => {
      const file = join(folder.path, `mill.${format}`)
      const name = `${await thing()}/power`
      const { code, err } = await cli('export', name, 'count', '--from', '2026-01-30', '--to', '2026-01-31', '-o', file)
      expect(code, err).toBe(0)
      expect(await rowsIn(file, format)).toBe(2 * rowsADay)
      expect(existsSync(`${file}.partial`)).toBe(false)
      expect((await cli('export', name, '-o', file)).code).toBe(2)
    },
    30_000,
  )

  it('goes to the standard output as CSV', async () => {
    const { out } = await cli('export', `${await thing()}/power`, '--from', '2026-01-30', '--to', '2026-01-30T00:01Z')
    expect(out.split('\r\n')).toHaveLength(1 + 3 + 1)
  })

  it('comes as Parquet in every layout, and leaves no file behind', async () => {
    const id = encodeURIComponent((await thing()).replaceAll(',', '\\,'))
    const rows = async (path: string) => {
      const reply = await get(`/readings${path}&from=2026-01-30&to=2026-01-31&format=parquet`)
      expect(reply.status, path).toBe(200)
      const file = join(folder.path, 'answer.parquet')
      writeFileSync(file, Buffer.from(await reply.arrayBuffer()))
      return await parquetRows(file)
    }
    const wide = await rows(`?properties=${id}/power,state,count&layout=wide`)
    expect(wide.length).toBe(rowsADay)
    expect(Object.values(wide[7]!).slice(1)).toEqual([1, 'on', 2n ** 60n + 7n])
    const hours = await rows(`/aggregate?properties=${id}/power&step=1h&zone=UTC&interpolation=linear`)
    expect(hours.length).toBe(24)
    expect(hours[0]).toMatchObject({ property: 'power', min: 0, max: 179 / 7, count: 180n, quality: 'good' })
    const aligned = await rows(`/aligned?properties=${id}/state,count&step=1m&zone=UTC`)
    expect(Object.values(aligned[1]!).slice(1)).toEqual(['on', 2n ** 60n + 3n])
    expect(readdirSync(join(folder.data, 'tmp', 'answers'))).toEqual([])
  }, 30_000)
})

async function rowsIn(file: string, format: string): Promise<number> {
  if (format === 'arrow') return tableFromIPC(readFileSync(file)).numRows
  if (format === 'parquet') return (await parquetRows(file)).length
  return Number(execFileSync('grep', ['-c', '^2026', file], { encoding: 'utf8' }))
}

async function parquetRows(file: string) {
  const connection = await (await DuckDBInstance.create()).connect()
  return (await connection.runAndReadAll(`FROM '${file}'`)).getRowObjects()
}
