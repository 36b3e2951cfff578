import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type DuckDb, openDuckDb } from '#sandbox'

let folder: string
let duckdb: DuckDb

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'iw-duckdb-'))
  duckdb = await openDuckDb({ memoryMegabytes: 64, threads: 1, tempFolder: join(folder, 'tmp') })
})
afterEach(() => {
  duckdb.close()
  rmSync(folder, { recursive: true, force: true })
})

const rows = async (sql: string) => (await duckdb.connection.runAndReadAll(sql)).getRows()

test('columns of every type come back as they were appended, across chunks', async () => {
  const types = ['INTEGER', 'UTINYINT', 'UINTEGER', 'DOUBLE', 'BIGINT', 'TIMESTAMP', 'VARCHAR'] as const
  await duckdb.connection.run(`CREATE TABLE t (${types.map((type, i) => `c${i} ${type}`).join(', ')})`)
  const row = fc.tuple(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.nat(255),
    fc.nat(2 ** 32 - 1),
    fc.double(),
    fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    fc.option(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), { nil: Number.NaN }),
    fc.option(fc.string({ unit: 'binary' })),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 200 }),
      async (some, times) => {
        await duckdb.connection.run('DELETE FROM t')
        const all = Array.from({ length: some.length * times }, (_, i) => some[i % some.length]!)
        const appender = duckdb.columnAppender('t', types)
        appender.append(
          [
            Int32Array.from(all, (one) => one[0]),
            Uint8Array.from(all, (one) => one[1]),
            Uint32Array.from(all, (one) => one[2]),
            Float64Array.from(all, (one) => one[3]),
            all.map((one) => one[4]),
            Float64Array.from(all, (one) => one[5]),
            all.map((one) => one[6]),
          ],
          all.length,
        )
        appender.close()
        const back = await rows('SELECT c0, c1, c2, c3, c4, epoch_us(c5), c6 FROM t ORDER BY rowid')
        expect(back).toEqual(
          all.map((one) => [
            one[0],
            one[1],
            one[2],
            Number.isNaN(one[3]) ? null : one[3],
            one[4],
            Number.isNaN(one[5]) ? null : BigInt(one[5]),
            one[6],
          ]),
        )
      },
    ),
    { numRuns: 30 },
  )
})

test('an absent column is null, and a row after it is not', async () => {
  await duckdb.connection.run('CREATE TABLE t (a INTEGER, b DOUBLE)')
  const appender = duckdb.columnAppender('t', ['INTEGER', 'DOUBLE'])
  appender.append([Int32Array.of(1), undefined], 1)
  appender.append([Int32Array.of(2), Float64Array.of(2.5)], 1)
  appender.flush()
  expect(await rows('SELECT * FROM t')).toEqual([
    [1, null],
    [2, 2.5],
  ])
  appender.close()
})

test('a column that is too short or of other numbers is refused', async () => {
  await duckdb.connection.run('CREATE TABLE t (a INTEGER)')
  const appender = duckdb.columnAppender('t', ['INTEGER'])
  expect(() => appender.append([Int32Array.of(1)], 2)).toThrow(RangeError)
  expect(() => appender.append([Float64Array.of(1)], 1)).toThrow(RangeError)
  appender.close()
})

test('what is locked opens no other file, changes no setting and loads nothing', async () => {
  const inside = join(folder, 'inside')
  await duckdb.connection.run(`COPY (SELECT 1 AS a) TO '${folder}/before.parquet'`)
  await duckdb.lock([inside])
  for (const sql of [
    `SELECT * FROM read_csv('/etc/passwd')`,
    `SELECT * FROM '${folder}/before.parquet'`,
    `COPY (SELECT 1) TO '${folder}/after.parquet'`,
    `ATTACH '${folder}/other.db'`,
    `SET memory_limit = '8GB'`,
    'SET enable_external_access = true',
    'RESET lock_configuration',
    'INSTALL httpfs',
    'LOAD httpfs',
  ])
    await expect(duckdb.connection.run(sql), sql).rejects.toThrow()
  expect(existsSync(join(folder, 'after.parquet'))).toBe(false)
})

test('a query beyond the memory spills, and one beyond the room to spill fails without harm to the next', async () => {
  const small = await openDuckDb({
    memoryMegabytes: 64,
    threads: 1,
    tempFolder: join(folder, 'spill'),
    tempMegabytes: 64,
  })
  const sorted = (count: number) => `SELECT len(list(md5(i::VARCHAR) ORDER BY i)) FROM range(${count}) t(i)`
  await expect(small.connection.run(sorted(1_500_000))).rejects.toThrow(/Out of Memory/)
  expect((await small.connection.runAndReadAll(sorted(1000))).getRows().length).toBe(1)
  small.close()
})
