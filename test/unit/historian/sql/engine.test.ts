import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isIwError } from '#kernel'
import type { SqlAnswer, SqlBatch } from '#ports'
import { openDuckDb } from '#sandbox'
import { batchOf, definitions, type Row, until } from '../samples.ts'
import { type OpenedHistorian, openedHistorian, rowsOf } from './opened.ts'

const day = 20_000 * 86_400e6
const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n'
const limits = { maxRows: 1_000_000, timeoutMs: 60_000 }

let opened: OpenedHistorian
beforeEach(async () => {
  opened = await openedHistorian()
  await opened.historian.defineTags(definitions)
})
afterEach(() => opened.stop())

const numbers = (count: number, from = day): Row[] =>
  Array.from({ length: count }, (_, i) => ({ tag: 1, time: from + i * 1e6, value: i, quality: 0 }))

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (isIwError(error) ? error.code : String(error)),
  )

async function drained({ batches }: SqlAnswer) {
  let rows = 0
  for (;;) {
    const step = await batches.next()
    if (step.done) return { rows, end: step.value }
    rows += step.value.count
  }
}

describe('the SQL engine', () => {
  it('stops a query at its time, also one that gives rows for ever', async () => {
    expect(await codeOf(rowsOf(opened.sql, endless, { timeoutMs: 200 }))).toBe('IW_SQL_TIMEOUT')
    const forever = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n'
    expect(await codeOf(rowsOf(opened.sql, forever, { timeoutMs: 300, maxRows: 1e9 }))).toBe('IW_SQL_TIMEOUT')
    expect(await rowsOf(opened.sql, 'SELECT 1')).toEqual([[1]])
  })

  it('bounds the memory of a query, and answers the next one', async () => {
    const hungry = [
      'SELECT len(list(i)) FROM range(200000000) t(i)',
      "SELECT max(length(s)) FROM (WITH RECURSIVE n(s, i) AS (SELECT 'xxxxxxxxxxxxxxxx', 0 UNION ALL SELECT s || s, i + 1 FROM n WHERE i < 40) SELECT s FROM n)",
      'SELECT count(*) FROM (SELECT DISTINCT a.i, b.i FROM range(1000000) a(i), range(1000000) b(i))',
    ]
    for (const sql of hungry) {
      const code = await codeOf(rowsOf(opened.sql, sql, { timeoutMs: 3_000 }))
      expect(['IW_SQL_MEMORY', 'IW_SQL_TIMEOUT', 'IW_SQL_INVALID'], `${sql}: ${code}`).toContain(code)
    }
    expect(await rowsOf(opened.sql, 'SELECT 1')).toEqual([[1]])
  }, 90_000)

  it('answers the next question after its process was killed, and readings never noticed', async () => {
    await rowsOf(opened.sql, 'SELECT 1')
    const asked = codeOf(rowsOf(opened.sql, endless, { timeoutMs: 20_000 }))
    const [pid] = execFileSync('pgrep', ['-P', String(process.pid), '-f', 'sql-child'])
      .toString()
      .split('\n')
    process.kill(Number(pid), 'SIGKILL')
    await opened.historian.append(batchOf(numbers(100)))
    expect(await asked).toBe('IW_SANDBOX_ENDED')
    expect(await rowsOf(opened.sql, 'SELECT count(*) FROM readings')).toEqual([[100]])
  })

  it('runs two at once, lets eight wait and refuses the others', async () => {
    const controller = new AbortController()
    const asked = Array.from({ length: 10 }, () =>
      codeOf(rowsOf(opened.sql, endless, { signal: controller.signal, timeoutMs: 20_000 })),
    )
    expect(await codeOf(rowsOf(opened.sql, 'SELECT 1'))).toBe('IW_SQL_BUSY')
    controller.abort()
    expect(await Promise.all(asked)).toEqual(asked.map(() => 'IW_SQL_CANCELLED'))
    expect(await rowsOf(opened.sql, 'SELECT 1')).toEqual([[1]])
  })

  it('gives a slot back when an answer is ended early, or not even begun', async () => {
    await opened.historian.append(batchOf(numbers(50_000)))
    for (let i = 0; i < 6; i++) {
      const { batches } = await opened.sql.query({ sql: 'FROM readings', ...limits })
      if (i % 2 === 0) await batches.next()
      await batches.return({ rows: 0, truncated: true, ms: 0 })
    }
    expect((await drained(await opened.sql.query({ sql: 'FROM readings', ...limits }))).rows).toBe(50_000)
  })

  it('gives a slot back when a reader never comes for its answer', async () => {
    await opened.historian.append(batchOf(numbers(10)))
    await rowsOf(opened.sql, 'SELECT 1')
    await opened.sql.query({ sql: 'FROM readings', ...limits, timeoutMs: 1500 })
    await opened.sql.query({ sql: 'FROM readings', ...limits, timeoutMs: 1500 })
    expect(await rowsOf(opened.sql, 'SELECT count(*) FROM readings')).toEqual([[10]])
  })

  it('tells how many rows there were and that there were more', async () => {
    await opened.historian.append(batchOf(numbers(40_000)))
    const all = await drained(await opened.sql.query({ sql: 'FROM readings', ...limits }))
    expect(all).toMatchObject({ rows: 40_000, end: { rows: 40_000, truncated: false } })
    for (const maxRows of [1, 2048, 16_384, 16_385, 39_999]) {
      const some = await drained(await opened.sql.query({ sql: 'FROM readings', ...limits, maxRows }))
      expect(some).toMatchObject({ rows: maxRows, end: { rows: maxRows, truncated: true } })
    }
    const exact = await drained(await opened.sql.query({ sql: 'FROM readings', ...limits, maxRows: 40_000 }))
    expect(exact.end.truncated).toBe(false)
  })

  it('gives columns in typed arrays, times in µs, and what no number holds exactly as it is', async () => {
    const { columns, batches } = await opened.sql.query({
      sql: `SELECT * FROM (VALUES
        (1::INTEGER, 2::BIGINT, 3.5::DOUBLE, TIMESTAMPTZ '1970-01-01 00:00:01', 2::HUGEINT ** 0, NULL::INTEGER, 9007199254740993, 'x'),
        (2, 3, 'nan', TIMESTAMPTZ '2026-01-31', 7, 5, 1, NULL)) t(a, b, c, d, e, f, g, h)`,
      ...limits,
    })
    expect(columns.map(({ type }) => type)).toEqual([
      'INTEGER',
      'BIGINT',
      'DOUBLE',
      'TIMESTAMP WITH TIME ZONE',
      'DOUBLE',
      'INTEGER',
      'BIGINT',
      'VARCHAR',
    ])
    const { value } = await batches.next()
    const [a, b, c, d, , f, g, h] = (value as SqlBatch).columns
    expect(a).toEqual(Int32Array.of(1, 2))
    expect(b).toEqual(Float64Array.of(2, 3))
    expect(c).toEqual(Float64Array.of(3.5, Number.NaN))
    expect(d).toEqual(Float64Array.of(1e6, Date.UTC(2026, 0, 31) * 1000))
    expect(f).toEqual([null, 5])
    expect(g).toEqual([9007199254740993n, 1])
    expect(h).toEqual(['x', null])
    await batches.return({ rows: 0, truncated: false, ms: 0 })
  })

  it('gives everything else as JSON would have it', async () => {
    const cells = {
      "DATE '2026-01-31'": '2026-01-31',
      "TIME '10:11:12'": '10:11:12',
      "INTERVAL '1 day 2 hours'": '1 day 02:00:00',
      '[1, 2, NULL]': [1, 2, null],
      '[[1.5], []]': [[1.5], []],
      "{'a': 1, 'b': ['x']}": { a: 1, b: ['x'] },
      "map(['k'], [9007199254740993])": [{ key: 'k', value: '9007199254740993' }],
      '2::HUGEINT + 9007199254740992': 9007199254740994n,
      '1.25': 1.25,
      "TIMESTAMP_S '1970-01-01 00:00:02'": 2e6,
      "TIMESTAMP_MS '1970-01-01 00:00:00.003'": 3000,
      "TIMESTAMP_NS '1970-01-01 00:00:00.000004'": 4,
      '\'{"a": 1}\'::JSON': '{"a": 1}',
      "'a'::ENUM ('a', 'b')": 'a',
      true: true,
      NULL: null,
    }
    const [row] = await rowsOf(opened.sql, `SELECT ${Object.keys(cells).join(', ')}`)
    expect(row).toEqual(Object.values(cells))
  })

  it('takes tables handed in', async () => {
    const tables = [
      {
        name: 'things',
        columns: [
          { name: 'id', type: 'VARCHAR' },
          { name: 'since', type: 'TIMESTAMPTZ' },
          { name: 'weight', type: 'DOUBLE' },
          { name: 'parts', type: 'BIGINT' },
        ],
        rows: [
          ["o'ven", 1e6, Number.POSITIVE_INFINITY, '9007199254740993'],
          [null, null, null, null],
        ],
      },
    ] as const
    expect(await rowsOf(opened.sql, 'SELECT id, since, weight, parts FROM things', { tables })).toEqual([
      ["o'ven", 1e6, Number.POSITIVE_INFINITY, 9007199254740993n],
      [null, null, null, null],
    ])
    expect(await codeOf(rowsOf(opened.sql, 'SELECT 1', { tables: [{ ...tables[0], name: 'x; DROP' }] }))).toBe(
      'IW_SQL_INVALID',
    )
  })

  it('sees a tag, its unit and its first reading as soon as they are acknowledged', async () => {
    expect(await rowsOf(opened.sql, "SELECT unit FROM tags WHERE thing = 'kiln'")).toEqual([['Cel']])
    const [tag] = await opened.historian.defineTags([{ thing: 'new', property: 'p', type: 'number', unit: 'bar' }])
    await opened.historian.append(batchOf([{ tag: tag!.id, time: day, value: 5, quality: 0 }]))
    expect(await rowsOf(opened.sql, "SELECT value, unit FROM readings WHERE thing = 'new'")).toEqual([[5, 'bar']])
  })

  it('copies an answer of any size into a file, and never over another', async () => {
    await opened.historian.append(batchOf(numbers(30_000)))
    const file = join(opened.folder, "it's.parquet")
    const sql = 'SELECT time, value FROM readings ORDER BY time DESC;'
    const { rows, bytes } = await opened.sql.copy({ sql, timeoutMs: 60_000 }, file, 'parquet')
    expect(rows).toBe(30_000)
    expect(bytes).toBe(readFileSync(file).length)
    const duckdb = await openDuckDb({ memoryMegabytes: 64, threads: 1, tempFolder: join(opened.folder, 'tmp') })
    const back = await duckdb.connection.runAndReadAll(
      `SELECT count(*), sum(value), arg_min(value, rowid) FROM (SELECT *, file_row_number AS rowid FROM read_parquet('${file.replaceAll("'", "''")}', file_row_number = true))`,
    )
    expect(back.getRows()).toEqual([[30_000n, (29_999 * 30_000) / 2, 29_999]])
    duckdb.close()
    expect(await codeOf(opened.sql.copy({ sql, timeoutMs: 60_000 }, file, 'parquet'))).toBe('IW_SQL_INVALID')
    const csv = join(opened.folder, 'x.csv')
    await opened.sql.copy({ sql: 'SELECT 1 AS a -- last', timeoutMs: 60_000 }, csv, 'csv')
    expect(readFileSync(csv, 'utf8')).toBe('a\n1\n')
  })

  it('copies nothing that closes the brackets it is put in', async () => {
    const file = join(opened.folder, 'x.parquet')
    const other = join(opened.folder, 'readings/parts/other.parquet')
    for (const sql of [
      `SELECT 1) TO '${other}'; --`,
      `SELECT 1) TO '${other}' (FORMAT parquet) --`,
      `SELECT 1 /* `,
      `SELECT 1; COPY (SELECT 2`,
      `COPY (SELECT 1) TO '${other}'`,
    ])
      expect(['IW_SQL_REFUSED', 'IW_SQL_INVALID']).toContain(
        await codeOf(opened.sql.copy({ sql, timeoutMs: 60_000 }, file, 'parquet')),
      )
    expect(existsSync(file)).toBe(false)
    expect(existsSync(other)).toBe(false)
  })

  it('leaves no part changed, whatever is asked of it', async () => {
    await opened.historian.append(batchOf(numbers(5_000)))
    await opened.historian.settle()
    const parts = join(opened.folder, 'readings/parts')
    // Level-0 files that were merged may still be on their way out.
    const merged = () => readdirSync(parts).filter((name) => !name.endsWith('.iw0'))
    const content = () => merged().map((name) => [name, readFileSync(join(parts, name)).toString('base64')])
    const before = content()
    const part = join(parts, readdirSync(parts).find((name) => name.endsWith('.parquet'))!)
    for (const sql of [
      `COPY (SELECT 1) TO '${part}'`,
      `COPY readings TO '${part}'`,
      `SELECT * FROM '${part}'`,
      `CREATE TABLE x AS SELECT 1`,
      `ATTACH '${join(parts, 'x.db')}'`,
      `EXPORT DATABASE '${parts}'`,
    ])
      expect(await codeOf(rowsOf(opened.sql, sql)), sql).toBe('IW_SQL_REFUSED')
    expect(content()).toEqual(before)
    expect(await rowsOf(opened.sql, 'SELECT count(*) FROM readings')).toEqual([[5_000]])
  })

  it('sets a damaged part aside and answers from everything else', async () => {
    opened = await opened.again()
    await opened.historian.append(batchOf(numbers(500)))
    await opened.historian.stop()
    const again = await openedHistorian({}, opened.folder)
    await again.historian.settle()
    await again.historian.append(batchOf(numbers(300, day + 86_400e6)))
    const parts = join(opened.folder, 'readings/parts')
    const name = readdirSync(parts).find((one) => one.startsWith('raw') && one.endsWith('.parquet'))!
    truncateSync(join(parts, name), 700)
    expect(await rowsOf(again.sql, 'SELECT count(*) FROM readings')).toEqual([[300]])
    expect(again.historian.status().storage.quarantine).toContain(name)
    opened = again
  })

  it('never answers from bytes that are not what was written', async () => {
    await opened.historian.append(batchOf(numbers(5_000)))
    await opened.historian.settle()
    await opened.historian.append(batchOf(numbers(300, day + 86_400e6)))
    const parts = join(opened.folder, 'readings/parts')
    const name = readdirSync(parts).find((one) => one.startsWith('raw') && one.endsWith('.parquet'))!
    const bytes = readFileSync(join(parts, name))
    // In the middle of a page: it decodes, to other numbers or not at all.
    bytes[Math.floor(bytes.length / 3)]! ^= 4
    writeFileSync(join(parts, name), bytes)
    expect(await rowsOf(opened.sql, 'SELECT count(*) FROM readings')).toEqual([[300]])
    expect(opened.historian.status().storage.quarantine).toContain(name)
  })

  it('sets no part aside because a question names it', async () => {
    await opened.historian.append(batchOf(numbers(500)))
    await opened.historian.settle()
    const parts = join(opened.folder, 'readings/parts')
    const path = join(parts, readdirSync(parts).find((name) => name.startsWith('raw'))!)
    for (const sql of [
      `SELECT '${path}'::INTEGER`,
      `SELECT strptime('IO Error: No magic bytes found at end of file ''${path}''', '%Y')`,
      `SELECT * FROM "${path}"`,
      `SELECT "No magic bytes found at end of file '${path}'" FROM readings`,
    ])
      expect(await codeOf(rowsOf(opened.sql, sql)), sql).toMatch(/^IW_SQL_(INVALID|REFUSED)$/)
    expect(opened.historian.status().storage.quarantine).toEqual([])
    expect(await rowsOf(opened.sql, 'SELECT count(*) FROM readings')).toEqual([[500]])
  })

  it('leaves nothing behind: not what the last run left, not files of parts that were merged', async () => {
    const folder = join(opened.folder, 'readings/sql.tmp')
    await opened.historian.append(batchOf(numbers(2000)))
    await rowsOf(opened.sql, 'SELECT count(*) FROM readings')
    await opened.historian.stop()
    expect(existsSync(folder)).toBe(false)
    mkdirSync(join(folder, 'answers'), { recursive: true })
    writeFileSync(join(folder, 'answers/1.parquet'), 'half')
    opened = await openedHistorian({ segmentBytes: 20_000, mergeThresholds: { parts: 1000 } }, opened.folder)
    expect(existsSync(folder)).toBe(false)
    for (let i = 0; i < 4; i++) await opened.historian.append(batchOf(numbers(2000, day + i * 1e9)))
    await until(() => opened.historian.status().storage.level0.files >= 3)
    expect(await rowsOf(opened.sql, 'SELECT count(*) FROM readings')).toEqual([[5000]])
    expect(readdirSync(join(folder, 'level0')).length).toBeGreaterThanOrEqual(3)
    await opened.historian.settle()
    expect(await rowsOf(opened.sql, 'SELECT count(*) FROM readings')).toEqual([[5000]])
    expect(readdirSync(join(folder, 'level0'))).toEqual([])
    expect(readdirSync(join(folder, 'answers'))).toEqual([])
  })

  it('sees all that was acknowledged before the question, while readings come, are sealed and merged', async () => {
    await opened.historian.stop()
    opened = await openedHistorian(
      { segmentBytes: 30_000, mergeThresholds: { parts: 2, jobRows: 20_000, runs: 3 } },
      opened.folder,
    )
    let [sent, acknowledged, asked] = [0, 0, 0]
    const write = async () => {
      for (let i = 0; i < 120; i++) {
        const rows = numbers(250, day + i * 250e6 - (i % 3) * 40e6)
        // Every third batch meets the one before: 40 rows of it are there already.
        sent += 250 - (i % 3 > 0 ? 40 : 0)
        await opened.historian.append(batchOf(rows))
        acknowledged = sent
        if (i % 40 === 39) await opened.historian.settle()
      }
    }
    const ask = async () => {
      while (acknowledged < 26_000) {
        const before = acknowledged
        const [[count, distinct]] = (await rowsOf(
          opened.sql,
          'SELECT count(*), count(DISTINCT time) FROM readings',
        )) as [[number, number]]
        expect(count).toBe(distinct)
        expect(count).toBeGreaterThanOrEqual(before)
        expect(count).toBeLessThanOrEqual(sent)
        asked++
      }
    }
    await Promise.all([write(), ask(), ask()])
    expect(asked).toBeGreaterThan(5)
  }, 60_000)
})
