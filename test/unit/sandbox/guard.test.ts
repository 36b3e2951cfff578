import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isIwError } from '#kernel'
import { allowedFunctions, type DuckDb, guardSql, openDuckDb } from '#sandbox'
import { attacks } from './sql/attacks.ts'
import { honest } from './sql/honest.ts'

const tables = ['readings', 'rollups', 'tags', 'things']
const select = 1

let folder: string
let part: string
let duckdb: DuckDb

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'iw-guard-'))
  part = join(folder, 'raw-2026-01-31-00000001.parquet')
  duckdb = await openDuckDb({ memoryMegabytes: 128, threads: 1, tempFolder: join(folder, 'tmp') })
  await duckdb.connection.run(`
    CREATE TABLE tag_table (tag INTEGER, thing VARCHAR, property VARCHAR, type VARCHAR, unit VARCHAR);
    INSERT INTO tag_table VALUES (1, 'press-1', 'force', 'number', 'kN');
    CREATE TEMP VIEW tags AS SELECT * FROM tag_table;
    CREATE TEMP TABLE things (id VARCHAR, title VARCHAR, area VARCHAR, profile VARCHAR, protocol VARCHAR, state VARCHAR);
    CREATE TEMP VIEW readings AS SELECT 'press-1' AS thing, 'force' AS property, 1 AS tag,
      TIMESTAMPTZ '2026-01-31 10:00:00' AS time, 4.5::DOUBLE AS value, 'good' AS quality, NULL::VARCHAR AS text,
      NULL::BIGINT AS integer, TIMESTAMPTZ '2026-01-31 10:00:00' AS arrived, 'kN' AS unit;
    CREATE TEMP VIEW rollups AS SELECT 'press-1' AS thing, 'force' AS property, 1 AS tag, '1m' AS level,
      TIMESTAMPTZ '2026-01-31 10:00:00' AS time, 1.0::DOUBLE AS min, 2.0::DOUBLE AS max, 1.5::DOUBLE AS mean;
    COPY (SELECT 1 AS tag, 2.5 AS value) TO '${part}';
  `)
  await duckdb.lock([folder])
})
afterAll(() => {
  duckdb.close()
  rmSync(folder, { recursive: true, force: true })
})

const guarded = (sql: string) => guardSql(duckdb.connection, sql, tables)
const filled = (sql: string): string => sql.replaceAll('{part}', part).replaceAll('{folder}', folder)

describe('the guard', () => {
  it('has been tried with enough', () => {
    expect(attacks.length).toBeGreaterThanOrEqual(200)
    expect(honest.length).toBeGreaterThanOrEqual(70)
  })

  it.each(honest)('lets pass, and DuckDB runs: %s', async (sql) => {
    await guarded(sql)
    await duckdb.connection.run(sql)
  })

  it.each(attacks)('refuses: %s', async (sql) => {
    const before = readFileSync(part)
    const files = readdirSync(folder)
    const error = await guarded(filled(sql)).catch((thrown: unknown) => thrown)
    expect(isIwError(error), String(error)).toBe(true)
    expect(['IW_SQL_REFUSED', 'IW_SQL_INVALID']).toContain((error as { code: string }).code)
    expect(readFileSync(part)).toEqual(before)
    expect(readdirSync(folder)).toEqual(files)
  })

  it('lists functions that this DuckDB has, and none with side effects', async () => {
    const open = await openDuckDb({ memoryMegabytes: 64, threads: 1, tempFolder: join(folder, 'tmp') })
    const reader = await open.connection.runAndReadAll(
      'SELECT DISTINCT lower(function_name), has_side_effects FROM duckdb_functions()',
    )
    open.close()
    const known = new Map(reader.getRows().map(([name, effects]) => [String(name), effects === true]))
    const missing = [...allowedFunctions].filter((name) => !known.has(name))
    // Words that the parser or binder turns into functions.
    expect(missing.toSorted()).toEqual(['->', 'current_timestamp', 'grouping', 'overlay'])
    expect([...allowedFunctions].filter((name) => known.get(name))).toEqual(['random'])
  })

  it('says what is wrong and where', async () => {
    await expect(guarded('SELECT * FORM readings')).rejects.toMatchObject({
      code: 'IW_SQL_INVALID',
      message: expect.stringContaining('syntax error'),
      detail: { position: expect.any(Number) },
    })
    await expect(guarded("SELECT * FROM read_text('/etc/passwd')")).rejects.toThrow(/function read_text/)
    await expect(guarded('SELECT * FROM secrets')).rejects.toThrow(/secrets.*readings, rollups, tags, things/)
  })

  it('refuses what is nested beyond reason instead of failing', async () => {
    for (const sql of [
      `SELECT ${'('.repeat(3000)}1${')'.repeat(3000)}`,
      `SELECT ${'-'.repeat(1)}${'(1+'.repeat(900)}1${')'.repeat(900)}`,
      `${'SELECT * FROM ('.repeat(300)}SELECT 1${')'.repeat(300)}`,
      `SELECT ${'not '.repeat(5000)} true`,
      `SELECT 1 ${'UNION ALL SELECT 1 '.repeat(4000)}`,
    ]) {
      const error = await guarded(sql).catch((thrown: unknown) => thrown)
      if (error instanceof Error) expect(isIwError(error), error.message).toBe(true)
    }
  })

  it('refuses SQL that is too long', async () => {
    await expect(guarded(`SELECT '${'x'.repeat(100_001)}'`)).rejects.toMatchObject({ code: 'IW_SQL_INVALID' })
  })

  it('never lets a statement pass that DuckDB takes for another kind or that names anything else', async () => {
    const all = [...honest, ...attacks.map(filled)]
    const pieces = [...new Set(all.flatMap((sql) => sql.split(/(\s+|[(),;'"])/).filter((piece) => piece !== '')))]
    const mutated = fc
      .tuple(
        fc.oneof(
          { weight: 3, arbitrary: fc.constantFrom(...honest) },
          { weight: 2, arbitrary: fc.constantFrom(...all) },
        ),
        fc.constantFrom(...all),
        fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(3), fc.constantFrom(...pieces)), { maxLength: 3 }),
        fc.boolean(),
      )
      .map(([one, other, edits, join]) => {
        let sql = join ? `${one}${other}` : one
        for (const [at, length, how, piece] of edits) {
          const from = at % (sql.length + 1)
          const to = Math.min(sql.length, from + (how === 0 ? 0 : length % 12))
          sql = sql.slice(0, from) + (how === 1 ? '' : ` ${piece} `) + sql.slice(to)
        }
        return sql
      })
    let passed = 0
    await fc.assert(
      fc.asyncProperty(mutated, async (sql) => {
        const error = await guarded(sql).catch((thrown: unknown) => thrown)
        if (isIwError(error)) return
        if (error instanceof Error) throw error
        passed++
        const statements = await duckdb.connection.extractStatements(sql)
        expect(statements.count).toBe(1)
        const prepared = await statements.prepare(0)
        expect(prepared.statementType).toBe(select)
        prepared.destroySync()
        const named = duckdb.connection.getTableNames(sql, false)
        expect(named.filter((name) => !tables.includes(name.toLowerCase()) && !/^[a-z_]+$/i.test(name))).toEqual([])
      }),
      { numRuns: 2500, endOnFailure: true },
    )
    expect(passed, 'mutants that passed').toBeGreaterThan(100)
  }, 120_000)
})
