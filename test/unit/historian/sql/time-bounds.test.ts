import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DuckDb, guardSql, openDuckDb } from '#sandbox'
import { timeBounds } from '../../../../src/historian/sql/time-bounds.ts'

const hour = 3_600e6
const us = (iso: string): number => Date.parse(iso) * 1000
const ever = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
const january: [number, number] = [us('2026-01-01T00:00:00Z') - hour, us('2026-02-01T00:00:00Z') + hour]

let folder: string
let duckdb: DuckDb
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'iw-bounds-'))
  duckdb = await openDuckDb({ memoryMegabytes: 64, threads: 1, tempFolder: folder })
  await duckdb.connection.run(`
    CREATE VIEW readings AS SELECT 1 AS tag, now() AS time, 1.0 AS value;
    CREATE VIEW rollups AS SELECT 1 AS tag, now() AS time, 1.0 AS mean;
    CREATE TABLE tags (tag INTEGER); CREATE TABLE things (id VARCHAR)`)
})
afterAll(() => {
  duckdb.close()
  rmSync(folder, { recursive: true, force: true })
})

async function boundsOf(sql: string): Promise<[number, number]> {
  const statement = await guardSql(duckdb.connection, sql, ['readings', 'rollups', 'tags', 'things'])
  const { from, to } = await timeBounds(duckdb.connection, statement)
  return [from, to]
}

describe('the times that a query can be about', () => {
  it.each([
    "FROM readings WHERE time >= '2026-01-01' AND time < '2026-02-01'",
    "FROM readings WHERE value > 1 AND (time >= '2026-01-01' AND time < '2026-02-01')",
    "FROM readings r WHERE r.time >= '2026-01-01' AND TIMESTAMP '2026-02-01' > r.time",
    "FROM READINGS WHERE TIME >= DATE '2026-01-01' AND time < DATE '2026-01-01' + INTERVAL 1 MONTH",
    "FROM readings JOIN tags USING (tag) WHERE time BETWEEN '2026-01-01' AND '2026-02-01'",
    "WITH x AS (FROM rollups WHERE time BETWEEN '2026-01-01' AND '2026-02-01') FROM x, tags",
    "SELECT (SELECT max(time) FROM readings WHERE time >= '2026-01-01' AND time < '2026-01-05') FROM rollups WHERE time > '2026-01-03' AND time < '2026-02-01'",
  ])('are read from %s', async (sql) => {
    expect(await boundsOf(sql)).toEqual(january)
  })

  it('follow the clock', async () => {
    const [from, to] = await boundsOf("FROM readings WHERE time > now() - INTERVAL '1 day'")
    expect(Math.abs(from + 25 * hour - Date.now() * 1000)).toBeLessThan(60e6)
    expect(to).toBe(Number.POSITIVE_INFINITY)
  })

  it.each([
    'FROM readings',
    'FROM tags',
    "FROM readings WHERE time >= '2026-01-01' OR value > 1",
    "FROM readings WHERE NOT (time >= '2026-01-01' AND value > 1)",
    'FROM readings WHERE time >= (SELECT max(time) FROM rollups)',
    'FROM readings WHERE time > time - INTERVAL 1 DAY',
    "FROM readings WHERE time <> '2026-01-01'",
    "FROM readings WHERE time > 'never'::VARCHAR::TIMESTAMP",
    "FROM readings a, readings b WHERE a.time > '2026-01-01' AND b.time > '2026-01-01'",
    "FROM readings a ASOF JOIN (SELECT tag, now() AS since FROM tags) b ON a.tag = b.tag AND a.time >= b.since WHERE a.time < '2026-01-01'",
    "FROM tags RIGHT JOIN readings USING (tag) WHERE time > '2026-01-01'",
    'FROM tags ANTI JOIN readings USING (tag)',
    "FROM readings TABLESAMPLE 10% WHERE time > '2026-01-01'",
    "SELECT count(*) FROM readings WHERE time < '2026-01-01' AND EXISTS (FROM readings)",
    "FROM (FROM readings) WHERE time > '2026-01-01'",
    "FROM readings PIVOT (avg(value) FOR tag IN (1, 2)) WHERE time > '2026-01-01'",
  ])('are not told by %s', async (sql) => {
    expect(await boundsOf(sql)).toEqual(ever)
  })
})
