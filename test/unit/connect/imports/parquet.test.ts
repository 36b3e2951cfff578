import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ImportRequest, type ImportView, mostChunkBytes } from '#connect'
import { openRoom, type Room } from '../room.ts'

let folder: string
let duckdb: DuckDBInstance
const rooms: Room[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'iw-parquet-'))
  duckdb = await DuckDBInstance.create(':memory:')
})

afterAll(() => {
  duckdb.closeSync()
  rmSync(folder, { recursive: true, force: true })
})

afterEach(async () => {
  for (const room of rooms.splice(0)) await room.end()
})

/** A Parquet file with the rows of a query, as DuckDB writes it. */
async function parquet(query: string, options = ''): Promise<Buffer> {
  const path = join(folder, 'file.parquet')
  const connection = await duckdb.connect()
  await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet${options})`)
  connection.closeSync()
  return readFileSync(path)
}

async function newRoom(): Promise<Room> {
  const room = await openRoom({ importsFolder: join(folder, `imports-${rooms.length}`) })
  rooms.push(room)
  return room
}

const request = (bytes: Buffer, given: Partial<ImportRequest> = {}): ImportRequest => ({
  name: 'plant.parquet',
  format: 'parquet',
  bytes: bytes.length,
  fingerprint: `of ${bytes.length}`,
  options: {},
  zone: 'Europe/Berlin',
  dryRun: false,
  again: false,
  ...given,
})

async function upload(room: Room, file: Buffer, given: Partial<ImportRequest> = {}): Promise<ImportView> {
  let view = await room.connect.imports.begin(request(file, given))
  while (view.state === 'running' && view.offset < view.bytes) {
    const chunk = Buffer.from(file.subarray(view.offset, view.offset + mostChunkBytes))
    view = await room.connect.imports.take(view.id, view.offset, chunk)
  }
  return view
}

async function send(room: Room, file: Buffer, given: Partial<ImportRequest> = {}): Promise<ImportView> {
  const { id } = await upload(room, file, given)
  return ended(room, id)
}

async function ended(room: Room, id: string): Promise<ImportView> {
  const state = async () => (await room.connect.imports.get(id)).state
  await expect.poll(state, { timeout: 25_000, interval: 20 }).not.toBe('running')
  return room.connect.imports.get(id)
}

const stored = (room: Room, thing: string, property: string) => {
  const tag = room.connect.things.tag(thing, property)
  return tag === undefined ? undefined : room.historian.rows(tag.id).map(({ time, value }) => [time, value])
}

const start = 1_767_225_600e6

describe('a Parquet file', () => {
  it('with a column for each property becomes readings of their types', async () => {
    const room = await newRoom()
    const file = await parquet(`SELECT TIMESTAMP '2026-01-01' + to_seconds(i) AS ts, i / 4 AS "temp [°C]", i AS n,
      9007199254740993 + i AS big, i % 2 = 0 AS "on", CASE WHEN i = 1 THEN NULL ELSE 'note ' || i END AS note, [i] AS list
      FROM range(3) t(i)`)
    const view = await send(room, file)
    expect(view).toMatchObject({ state: 'done', rows: 3, readings: 14, rejected: 0, totalRows: 3, from: start })
    expect(view.plan!.columns.map(({ role, type }) => [role, type])).toEqual([
      ['time', undefined],
      ['reading', 'number'],
      ['reading', 'integer'],
      ['reading', 'integer'],
      ['reading', 'boolean'],
      ['reading', 'string'],
      ['skipped', undefined],
    ])
    expect(stored(room, 'plant', 'temp')).toEqual([0, 0.25, 0.5].map((value, row) => [start + row * 1e6, value]))
    expect(stored(room, 'plant', 'big')![0]).toEqual([start, 9007199254740993n])
    expect(stored(room, 'plant', 'note')!.map(([, value]) => value)).toEqual(['note 0', 'note 2'])
    expect(room.connect.things.get('plant')!.properties[0]).toMatchObject({ name: 'temp', unit: 'Cel' })
    await expect.poll(() => readdirSync(join(folder, 'imports-0'))).toEqual([])
  })

  it('without zones is UTC, unless a zone is told', async () => {
    const file = await parquet(
      `SELECT TIMESTAMP '2026-07-01 12:00:00' AS t, 1 AS a UNION ALL SELECT TIMESTAMP '2026-03-29 02:30:00', 2`,
    )
    const utc = await newRoom()
    await send(utc, file)
    expect(stored(utc, 'plant', 'a')!.map(([time]) => time)).toContain(Date.UTC(2026, 6, 1, 12) * 1000)
    const berlin = await newRoom()
    const view = await send(berlin, file, { options: { zone: 'Europe/Berlin', maxRejects: 1 } })
    expect(view).toMatchObject({ rows: 1, rejected: 1, problems: [{ reason: 'skipped_hour', lines: [2] }] })
    expect(stored(berlin, 'plant', 'a')).toEqual([[Date.UTC(2026, 6, 1, 10) * 1000, 1]])
  })

  it('may keep its times in many ways', async () => {
    const room = await newRoom()
    const ways = {
      zoned: `TIMESTAMPTZ '2026-01-01 00:00:00+00'`,
      nanoseconds: `TIMESTAMP_NS '2026-01-01 00:00:00.000000999'`,
      milliseconds: `TIMESTAMP_MS '2026-01-01 00:00:00'`,
      date: `DATE '2026-01-01'`,
      text: `'2026-01-01T00:00:00Z'`,
      seconds1970: '1767225600',
      nanoseconds1970: '1767225600000000000',
    }
    for (const [name, sql] of Object.entries(ways)) {
      const view = await send(room, await parquet(`SELECT ${sql} AS time, 1.5::FLOAT AS a`), {
        name: `${name}.parquet`,
      })
      expect(view).toMatchObject({ state: 'done' })
      expect([name, stored(room, name, 'a')]).toEqual([name, [[start, 1.5]]])
    }
  })

  it('with a row for each reading becomes things as they come', async () => {
    const room = await newRoom()
    const file =
      await parquet(`SELECT 'm' || i % 2 AS device, 'p' || i % 3 AS tag, TIMESTAMP '2026-01-01' + to_seconds(i) AS time,
      CASE WHEN i % 3 = 2 THEN 'text ' || i ELSE (i / 2)::VARCHAR END AS value, 192 AS quality FROM range(30) t(i)`)
    const view = await send(room, file)
    expect(view).toMatchObject({ state: 'done', rows: 30, readings: 30, plan: { layout: 'long' } })
    expect(stored(room, 'm0', 'p0')!.map(([, value]) => value)).toEqual([0, 3, 6, 9, 12])
    expect(stored(room, 'm1', 'p2')![0]).toEqual([start + 5e6, 'text 5'])
  })

  it('of our own historian keeps things, units, texts and large integers', async () => {
    const room = await newRoom()
    const tags = [
      { id: 7, thing: 'a', property: 'n', type: 'number', unit: 'kW' },
      { id: 9, thing: 'a', property: 's', type: 'string' },
      { id: 11, thing: 'b', property: 'i', type: 'integer' },
    ]
    const packed = deflateSync(JSON.stringify(tags)).toString('base64')
    const file = await parquet(
      `SELECT * FROM (VALUES (7, TIMESTAMP '2026-01-01', 1.5::DOUBLE, 2::UTINYINT, NULL::TIMESTAMP, NULL::VARCHAR, NULL::BIGINT),
        (7, TIMESTAMP '2026-01-02', NULL, 6::UTINYINT, NULL, NULL, NULL), (9, TIMESTAMP '2026-01-01', NULL, 0::UTINYINT, NULL, 'run', NULL),
        (11, TIMESTAMP '2026-01-01', NULL, 0::UTINYINT, NULL, NULL, 9223372036854775807)) t(tag, time, value, quality, arrived, text, integer)`,
      `, KV_METADATA {'interwork.kind': 'raw', 'interwork.tags': '${packed}'}`,
    )
    expect(await send(room, file)).toMatchObject({ state: 'done', rows: 4, readings: 4 })
    expect(stored(room, 'a', 'n')).toEqual([
      [start, 1.5],
      [start + 86_400e6, null],
    ])
    expect(stored(room, 'a', 's')).toEqual([[start, 'run']])
    expect(stored(room, 'b', 'i')).toEqual([[start, 9223372036854775807n]])
    expect(room.historian.findTag('a', 'n')).toMatchObject({ unit: 'kW' })
  })

  it('of our own exports keeps texts and large integers beside the values, and things in the names of columns', async () => {
    const room = await newRoom()
    const long =
      await parquet(`SELECT * FROM (VALUES (TIMESTAMPTZ '2026-01-01 00:00:00+00', 'a', 'n', 1.5::DOUBLE, 'good', NULL::VARCHAR, NULL::BIGINT),
      ('2026-01-01 00:00:00+00', 'a', 's', NULL, 'good', 'run', NULL), ('2026-01-01 00:00:00+00', 'a', 'i', NULL, 'good', NULL, 9007199254740993))
      t(time, thing, property, value, quality, text, integer)`)
    expect(await send(room, long)).toMatchObject({ rows: 3, readings: 3 })
    expect(['n', 's', 'i'].map((name) => stored(room, 'a', name)![0]![1])).toEqual([1.5, 'run', 9007199254740993n])
    const wide = await parquet(`SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00' AS time, 2.5 AS "b/n", true AS "c/on"`)
    await send(room, wide)
    expect([stored(room, 'b', 'n'), stored(room, 'c', 'on')]).toEqual([[[start, 2.5]], [[start, true]]])
  })

  it('goes on by itself after a restart, and stores no row twice', async () => {
    let room = await newRoom()
    const file = await parquet(`SELECT TIMESTAMP '2026-01-01' + to_seconds(i) AS t, i AS a FROM range(400000) t(i)`)
    const { id } = await upload(room, file)
    await expect.poll(() => room.historian.batches.length, { timeout: 10_000, interval: 1 }).toBeGreaterThan(0)
    rooms[0] = await room.restart({ importsFolder: join(folder, 'imports-0') })
    room = rooms[0]
    expect(await ended(room, id)).toMatchObject({ state: 'done', rows: 400_000 })
    const sequences = room.historian.batches.map(({ sequence }) => sequence)
    expect(sequences).toEqual(sequences.map((_, place) => place + 1))
    expect(room.historian.batches.reduce((sum, { count }) => sum + count, 0)).toBe(400_000)
  })

  it('that is none, or has no times, is refused with a reason', async () => {
    const room = await newRoom()
    expect(await send(room, Buffer.from('PAR1 and then nothing PAR1'))).toMatchObject({
      state: 'failed',
      error: { code: 'IW_CONNECT_IMPORT_PLAN' },
    })
    expect(await send(room, await parquet('SELECT 1 AS a, 2 AS b'))).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('--time-column') },
    })
    await expect.poll(() => readdirSync(join(folder, 'imports-0'))).toEqual([])
  })

  it('in a dry run leaves nothing behind', async () => {
    const room = await newRoom()
    const file = await parquet(`SELECT TIMESTAMP '2026-01-01' AS t, 1 AS a`)
    const view = await send(room, file, { dryRun: true })
    expect(view).toMatchObject({ state: 'done', rows: 1, readings: 1 })
    expect(room.historian.batches).toHaveLength(0)
    await expect.poll(() => readdirSync(join(folder, 'imports-0'))).toEqual([])
  })
})
