import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '#kernel'
import { openDuckDb } from '#sandbox'
import { type Instance, startInstance } from '../../src/instance/instance.ts'
import { loadSettings } from '../../src/instance/settings/load.ts'
import { cli } from '../fakes/cli-io.ts'

let folder: string
let instance: Instance
let url: string
const start = Math.floor(Date.now() / 1000 / 3600) * 3600 - 2 * 3600

const run = (args: readonly string[], input?: string) => cli(folder, args, input === undefined ? {} : { input })
const post = (body: object) =>
  fetch(`${url}/api/v1/sql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'iw-sql-e2e-'))
  writeFileSync(join(folder, 'interwork.yaml'), JSON.stringify({ http: { port: 0 } }))
  instance = await startInstance({ settings: loadSettings(folder).settings, log: silentLogger })
  url = instanceUrl()
  const lines: string[] = []
  for (let i = 0; i < 600; i++)
    lines.push(
      `press-1 force=${(i % 50) / 2},temperature=${20 + (i % 7)},parts=${i}i,state="${i % 100 < 80 ? 'running' : 'idle'}" ${start + i * 10}`,
    )
  const written = await fetch(`${url}/write?precision=s`, { method: 'POST', body: lines.join('\n') })
  expect(written.status).toBe(204)
}, 60_000)

afterAll(async () => {
  await instance?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Where the running instance says that it is. */
function instanceUrl(): string {
  const { running } = JSON.parse(readFileSync(join(folder, '.interwork/data/instance.json'), 'utf8')) as {
    running: { url: string }
  }
  return running.url
}

describe('POST /sql', () => {
  it('answers over everything that was acknowledged, times in µs', async () => {
    const response = await post({
      sql: `SELECT property, count(*) AS n, min(time) AS first, sum(value) AS total FROM readings GROUP BY property ORDER BY 1`,
    })
    expect(response.status).toBe(200)
    const { columns, rows, truncated } = (await response.json()) as Record<string, unknown[]>
    expect(columns).toEqual([
      { name: 'property', type: 'VARCHAR' },
      { name: 'n', type: 'BIGINT' },
      { name: 'first', type: 'TIMESTAMP WITH TIME ZONE' },
      { name: 'total', type: 'DOUBLE' },
    ])
    expect(rows).toEqual([
      ['force', 600, start * 1e6, 7350],
      ['parts', 600, start * 1e6, 179_700],
      ['state', 600, start * 1e6, null],
      ['temperature', 600, start * 1e6, expect.any(Number)],
    ])
    expect(truncated).toBe(false)
  })

  it('cuts off after maxRows and says so', async () => {
    const answer = (await (await post({ sql: 'FROM readings', maxRows: 7 })).json()) as { rows: []; truncated: boolean }
    expect(answer.rows.length).toBe(7)
    expect(answer.truncated).toBe(true)
    const all = (await (await post({ sql: 'FROM readings', maxRows: 2400 })).json()) as { rows: []; truncated: boolean }
    expect(all.rows.length).toBe(2400)
    expect(all.truncated).toBe(false)
  })

  it('writes what JSON has no number for as text', async () => {
    const sql =
      "SELECT 9007199254740993, 'inf'::DOUBLE, '-inf'::DOUBLE, 'nan'::DOUBLE, [1, 2], {'a': 1}, DATE '2026-01-31', true, 1.25"
    const { rows } = (await (await post({ sql })).json()) as { rows: unknown[][] }
    expect(rows).toEqual([['9007199254740993', 'inf', '-inf', null, [1, 2], { a: 1 }, '2026-01-31', true, 1.25]])
  })

  it('answers as CSV, Arrow and Parquet too', async () => {
    const sql =
      "SELECT time, property, value, text FROM readings WHERE property IN ('force', 'state') ORDER BY property, time"
    const csv = await (await post({ sql, format: 'csv' })).text()
    expect(csv.split('\r\n').length).toBe(1202)
    expect(csv.split('\r\n')[2]).toBe(`${new Date((start + 10) * 1000).toISOString().slice(0, -1)}000Z,force,0.5,`)
    const arrow = tableFromIPC(await (await post({ sql, format: 'arrow' })).bytes())
    expect(arrow.numRows).toBe(1200)
    expect(arrow.getChild('value')!.get(1)).toBe(0.5)
    expect(arrow.getChild('text')!.get(1199)).toBe('idle')
    const file = join(folder, 'answer.parquet')
    writeFileSync(file, await (await post({ sql, format: 'parquet' })).bytes())
    const duckdb = await openDuckDb({ memoryMegabytes: 64, threads: 1, tempFolder: join(folder, 'tmp') })
    const back = await duckdb.connection.runAndReadAll(`SELECT count(*), sum(value), max(text) FROM '${file}'`)
    expect(back.getRows()).toEqual([[1200n, 7350, 'running']])
    duckdb.close()
  })

  it('refuses with a status, a code and the place', async () => {
    const tried: [string, number, string][] = [
      ["COPY (SELECT 1) TO 'x.parquet'", 403, 'IW_SQL_REFUSED'],
      ["SELECT * FROM read_text('/etc/passwd')", 403, 'IW_SQL_REFUSED'],
      ['SELECT no_such FROM readings', 400, 'IW_SQL_INVALID'],
      ['SELEC 1', 400, 'IW_SQL_INVALID'],
    ]
    for (const format of ['json', 'csv', 'arrow', 'parquet'])
      for (const [sql, status, code] of tried) {
        const response = await post({ sql, format })
        expect(response.status, `${format}: ${sql}`).toBe(status)
        expect(await response.json()).toMatchObject({ code })
      }
  })

  it('stops at its time, and the next question is answered', async () => {
    const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n'
    const response = await post({ sql: endless, timeoutMs: 300 })
    expect(response.status).toBe(408)
    expect(await response.json()).toMatchObject({ code: 'IW_SQL_TIMEOUT' })
    expect((await post({ sql: 'SELECT 1' })).status).toBe(200)
  })

  it('knows the things', async () => {
    const { rows } = (await (
      await post({ sql: 'SELECT m.id, count(*) FROM things m JOIN readings r ON r.thing = m.id GROUP BY ALL' })
    ).json()) as { rows: unknown[][] }
    expect(rows).toEqual([['press-1', 2400]])
  })
})

describe('interwork sql', () => {
  it('shows a table, and tells rows and time', async () => {
    const { code, out, err } = await run([
      'sql',
      'SELECT property, max(value) AS most FROM readings WHERE text IS NULL GROUP BY ALL ORDER BY ALL',
    ])
    expect(code).toBe(0)
    expect(out).toBe('property     most\nforce        24.5\nparts         599\ntemperature    26\n')
    expect(err).toMatch(/^3 rows in \d+ ms\n$/)
  })

  it('reads the question from the standard input', async () => {
    const { out } = await run(['sql', '--csv', '-'], "SELECT 1 AS one, 'a, b' AS two")
    expect(out).toBe('one,two\r\n1,"a, b"\r\n')
  })

  it('writes JSON and Parquet, and not over a file that is there', async () => {
    const { out } = await run(['sql', '--json', 'SELECT 2 AS two'])
    expect(JSON.parse(out)).toMatchObject({ rows: [[2]], truncated: false })
    const args = ['sql', '--parquet', 'force.parquet', "SELECT * FROM readings WHERE property = 'force'"]
    expect((await run(args)).code).toBe(0)
    expect(readFileSync(join(folder, 'force.parquet')).subarray(-4).toString()).toBe('PAR1')
    expect((await run(args)).code).not.toBe(0)
    expect((await run([...args, '--force'])).code).toBe(0)
  })

  it('says what is not allowed', async () => {
    const { code, err } = await run(['sql', 'DROP TABLE readings'])
    expect(code).not.toBe(0)
    expect(err).toContain('IW_SQL_REFUSED')
  })
})

describe('docs/guide/sql.md', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/guide/sql.md'), 'utf8')
  const queries = [...guide.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql = '']) => sql)

  it('has ten questions', () => {
    expect(queries.length).toBe(10)
  })

  it.each(queries)('is run: %s', async (sql) => {
    const response = await post({ sql })
    const answer = (await response.json()) as { rows?: unknown[][]; message?: string }
    expect(response.status, answer.message).toBe(200)
    if (/press-1|FROM readings WHERE time/.test(sql) && !/abs\(|<> 'good'/.test(sql))
      expect(answer.rows!.length).toBeGreaterThan(0)
  })
})
