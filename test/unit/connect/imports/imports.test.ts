import { afterEach, describe, expect, it } from 'vitest'
import { type ImportRequest, leastChunkBytes } from '#connect'
import { IwError } from '#kernel'
import { openRoom, type Room } from '../room.ts'

const rooms: Room[] = []

afterEach(async () => {
  for (const room of rooms.splice(0)) await room.end()
})

async function newRoom(): Promise<Room> {
  const room = await openRoom()
  rooms.push(room)
  return room
}

const request = (bytes: Buffer, given: Partial<ImportRequest> = {}): ImportRequest => ({
  name: 'press 3.csv',
  format: 'csv',
  bytes: bytes.length,
  fingerprint: `of ${bytes.length}`,
  options: {},
  zone: 'UTC',
  dryRun: false,
  again: false,
  ...given,
})

/** Sends a file in chunks of a size, as a client does: from the offset it is told. */
async function send(room: Room, file: Buffer, given: Partial<ImportRequest> = {}, chunkBytes = leastChunkBytes) {
  let view = await room.connect.imports.begin(request(file, given))
  while (view.state === 'running')
    view = await room.connect.imports.take(
      view.id,
      view.offset,
      Buffer.from(file.subarray(view.offset, view.offset + chunkBytes)),
    )
  return view
}

const stored = (room: Room, thing: string, property: string) => {
  const tag = room.connect.things.tag(thing, property)
  return tag === undefined
    ? undefined
    : room.historian.rows(tag.id).map(({ time, value, quality }) => [time, value, quality])
}

/** `rows` lines of a table: a time each second, a walk, a switch, a text now and then. */
function table(rows: number, from = 0): string {
  let text = 'time,temp [°C],running,note\n'
  for (let row = from; row < from + rows; row++)
    text += `${new Date(1_700_000_000_000 + row * 1000).toISOString()},${(20 + (row % 100) / 10).toFixed(1)},${row % 2 === 0},${row % 50 === 0 ? `"note, ${row}"` : ''}\n`
  return text
}

describe('a CSV file', () => {
  it('becomes things, properties with units and readings', async () => {
    const room = await newRoom()
    const view = await send(room, Buffer.from(table(3)))
    expect(view).toMatchObject({ state: 'done', rows: 3, readings: 7, rejected: 0, from: 1.7e15, to: 1_700_000_002e6 })
    expect(room.connect.things.get('press-3')).toMatchObject({
      origin: 'ingest',
      properties: [
        { name: 'temp', type: 'number', unit: 'Cel', title: { en: 'temp [°C]' } },
        { name: 'running', type: 'boolean' },
        { name: 'note', type: 'string' },
      ],
    })
    expect(stored(room, 'press-3', 'temp')).toEqual([
      [1.7e15, 20, 0],
      [1_700_000_001e6, 20.1, 0],
      [1_700_000_002e6, 20.2, 0],
    ])
    expect(stored(room, 'press-3', 'note')).toEqual([[1.7e15, 'note, 0', 0]])
  })

  it('gives the same readings and the same batches however it is cut', async () => {
    const file = Buffer.from(table(150_000))
    expect(file.length).toBeGreaterThan(2 * leastChunkBytes)
    const one = await newRoom()
    const other = await newRoom()
    await send(one, file, {}, file.length)
    const view = await send(other, file, {}, leastChunkBytes + 12_345)
    expect(view).toMatchObject({ state: 'done', rows: 150_000, rejected: 0 })
    const shape = (room: Room) => room.historian.batches.map(({ sequence, count, time }) => [sequence, count, time[0]])
    expect(shape(other)).toEqual(shape(one))
    expect(new Set(other.historian.batches.map(({ sequence }) => sequence)).size).toBe(other.historian.batches.length)
  })

  it('goes on where it stopped after a restart, with nothing lost and nothing counted twice', async () => {
    let room = await newRoom()
    const file = Buffer.from(table(150_000))
    const { imports } = room.connect
    const begun = await imports.begin(request(file))
    const half = await imports.take(begun.id, 0, Buffer.from(file.subarray(0, leastChunkBytes)))
    expect(half).toMatchObject({ state: 'running' })
    expect(half.offset).toBeGreaterThan(0)
    expect(half.offset).toBeLessThanOrEqual(leastChunkBytes)
    rooms[0] = await room.restart()
    room = rooms[0]
    const again = await room.connect.imports.begin(request(file))
    expect(again).toMatchObject({
      id: begun.id,
      offset: half.offset,
      line: half.line,
      rows: half.rows,
      state: 'running',
    })
    const done = await send(room, file)
    expect(done).toMatchObject({ id: begun.id, state: 'done', rows: 150_000, rejected: 0 })
    expect(stored(room, 'press-3', 'temp')).toHaveLength(150_000)
    const sequences = room.historian.batches.map(({ source, sequence }) => `${source} ${sequence}`)
    expect(new Set(sequences).size).toBe(sequences.length)
  })

  it('sends the same batches under the same numbers where a kill lost its offset', async () => {
    const room = await newRoom()
    const file = Buffer.from(table(150_000))
    const { imports } = room.connect
    const begun = await imports.begin(request(file))
    // The disk fills up in the middle of the chunk: what was stored before it stays, and counts.
    const { append } = room.historian
    let left = 5
    room.historian.append = async (batch) => {
      if (left-- > 0) return append.call(room.historian, batch)
      throw new IwError('IW_HISTORIAN_DISK_FULL', 'full')
    }
    const chunk = () => Buffer.from(file.subarray(0, 2 * leastChunkBytes))
    await expect(imports.take(begun.id, 0, chunk())).rejects.toMatchObject({ code: 'IW_HISTORIAN_DISK_FULL' })
    const stopped = await imports.get(begun.id)
    expect(stopped.state).toBe('running')
    expect(stopped.readings).toBe(room.historian.batches.reduce((sum, { count }) => sum + count, 0))
    expect(room.historian.batches).toHaveLength(5)
    room.historian.append = append
    const done = await send(room, file)
    expect(done).toMatchObject({ state: 'done', rows: 150_000 })
    expect(stored(room, 'press-3', 'temp')).toHaveLength(150_000)
  })

  it('is the same import for who sends it again, until told otherwise', async () => {
    const room = await newRoom()
    const file = Buffer.from(table(3))
    const first = await send(room, file)
    expect(await send(room, file)).toMatchObject({ id: first.id, state: 'done', rows: 3 })
    expect(room.historian.batches).toHaveLength(1)
    const again = await send(room, file, { again: true })
    expect(again.id).not.toBe(first.id)
    const other = await send(room, file, { options: { thing: 'other' } })
    expect(other.id).not.toBe(first.id)
    expect(stored(room, 'other', 'temp')).toHaveLength(3)
  })

  it('is refused at another offset, beyond its size, and in crumbs', async () => {
    const room = await newRoom()
    const file = Buffer.from(table(100_000))
    const { imports } = room.connect
    const { id } = await imports.begin(request(file))
    const cases: [number, number][] = [
      [5, leastChunkBytes],
      [0, 1000],
      [0, file.length + 1],
    ]
    for (const [offset, length] of cases)
      await expect(imports.take(id, offset, Buffer.alloc(length))).rejects.toMatchObject({
        code: 'IW_CONNECT_IMPORT_OFFSET',
        detail: { offset: 0 },
      })
    await expect(imports.take('nobody', 0, file)).rejects.toMatchObject({ code: 'IW_CONNECT_IMPORT_NOT_FOUND' })
    await imports.cancel(id)
    await expect(imports.take(id, 0, file)).rejects.toMatchObject({ code: 'IW_CONNECT_IMPORT_STATE' })
    expect(room.historian.batches).toHaveLength(0)
  })

  it('pauses where too many rows are bad, keeps them, and goes on when more are permitted', async () => {
    const room = await newRoom()
    const good = table(8_000)
    const swapped = Array.from({ length: 500 }, (_, row) => `${1_800_000_000 + row},note ${row},true,20.5`).join('\n')
    const file = Buffer.from(`${good}${swapped}\n`)
    const paused = await send(room, file)
    expect(paused).toMatchObject({
      state: 'paused',
      error: { code: 'IW_CONNECT_IMPORT_REJECTS', message: expect.stringContaining('line 8002') },
    })
    const rejected = await room.connect.imports.rejected(paused.id, 0, 1_000)
    expect(rejected[0]).toMatchObject({ line: 8_002, row: '1800000000,note 0,true,20.5' })
    const done = await send(room, file, { options: { maxRejects: 0.2 } })
    expect(done).toMatchObject({ id: paused.id, state: 'done', rows: 8_000, rejected: 500 })
    expect(await room.connect.imports.rejected(done.id, 8_100, 10)).toHaveLength(10)
    expect(done.problems).toMatchObject([{ count: 500 }])
    expect(stored(room, 'press-3', 'temp')).toHaveLength(8_000)
  })

  it('stops with the line where the columns change, and keeps what was before it', async () => {
    const room = await newRoom()
    const file = Buffer.from(`${table(50)}time,running,temp [°C],note\n2026-01-01T00:00:00Z,true,5,x\n`)
    const view = await send(room, file)
    expect(view).toMatchObject({
      state: 'failed',
      rows: 50,
      error: { code: 'IW_CONNECT_IMPORT_COLUMNS', message: expect.stringContaining('line 52') },
    })
    expect(stored(room, 'press-3', 'temp')).toHaveLength(50)
  })

  it('does not change a machine that a person defined', async () => {
    const room = await newRoom()
    await room.connect.things.add(
      { id: 'press-3', properties: [{ name: 'temp', type: 'number', unit: '[degF]' }] },
      'database',
    )
    const file = Buffer.from('time,temp [°C],other\n2026-01-01T00:00:00Z,100,1\n')
    await expect(send(room, file)).rejects.toMatchObject({
      code: 'IW_CONNECT_IMPORT_PLAN',
      message: expect.stringContaining('column "other"'),
    })
    const done = await send(room, file, { options: { columns: { other: { skip: true } } } })
    expect(done.plan!.columns[1]).toMatchObject({ unit: 'Cel', storedAs: '[degF]' })
    expect(stored(room, 'press-3', 'temp')).toMatchObject([[1_767_225_600e6, expect.closeTo(212, 9), 0]])
  })

  it('is refused where a column was told to be what its property is not', async () => {
    const room = await newRoom()
    await room.connect.things.add({ id: 'press-3', properties: [{ name: 'temp', type: 'number' }] }, 'database')
    const file = Buffer.from('time,temp\n2026-01-01T00:00:00Z,100\n')
    await expect(send(room, file, { options: { columns: { temp: { type: 'string' } } } })).rejects.toMatchObject({
      code: 'IW_HISTORIAN_TYPE',
    })
  })

  it('in a dry run says what it would do and writes nothing', async () => {
    const room = await newRoom()
    const before = await room.connect.imports.list(10)
    const view = await send(room, Buffer.from(`${table(20)}bad,1,2,3\n`), { dryRun: true })
    expect(view).toMatchObject({
      dryRun: true,
      rows: 20,
      rejected: 1,
      problems: [{ reason: 'time', lines: [22], count: 1 }],
      plan: {
        layout: 'wide',
        columns: [{ role: 'time' }, { thing: 'press-3', property: 'temp', unit: 'Cel' }, {}, {}],
      },
    })
    expect(await room.connect.imports.rejected(view.id, 0, 10)).toMatchObject([{ line: 22, row: 'bad,1,2,3' }])
    expect(room.historian.batches).toHaveLength(0)
    expect(room.connect.things.get('press-3')).toBeUndefined()
    await room.connect.imports.cancel(view.id)
    expect(await room.connect.imports.list(10)).toEqual(before)
  })

  it('can be one of several at once', async () => {
    const room = await newRoom()
    const views = await Promise.all(
      [1, 2, 3].map((one) =>
        send(room, Buffer.from(table(60_000, one)), { name: `m${one}.csv`, fingerprint: `f${one}` }),
      ),
    )
    expect(views.map(({ state, rows }) => [state, rows])).toEqual(Array(3).fill(['done', 60_000]))
    for (const one of [1, 2, 3]) expect(stored(room, `m${one}`, 'temp')).toHaveLength(60_000)
  })
})

describe('a long table', () => {
  it('makes things and properties as they come, each of the type of its first values', async () => {
    const room = await newRoom()
    const lines = [
      'device;time;tag;value;unit;quality',
      'm 1;2026-01-01 00:00:00;temp;20,5;°C;192',
      'm 1;2026-01-01 00:00:00;state;run;;192',
      'm2;2026-01-01 00:00:01;temp;21,5;°C;0',
      'm2;2026-01-01 00:00:02;temp;;°C;24',
      'm2;2026-01-01 00:00:03;on;true;;',
    ]
    const view = await send(room, Buffer.from(`${lines.join('\n')}\n`), { name: 'long.csv' })
    expect(view).toMatchObject({ state: 'done', rows: 5, readings: 5, rejected: 0, plan: { layout: 'long' } })
    expect(stored(room, 'm~201', 'temp')).toEqual([[1_767_225_600e6, 20.5, 0]])
    expect(stored(room, 'm~201', 'state')).toEqual([[1_767_225_600e6, 'run', 0]])
    expect(stored(room, 'm2', 'temp')).toEqual([
      [1_767_225_601e6, 21.5, 6],
      [1_767_225_602e6, null, 6],
    ])
    expect(room.connect.things.get('m2')!.properties).toMatchObject([
      { name: 'temp', type: 'number', unit: 'Cel' },
      { name: 'on', type: 'boolean' },
    ])
  })
})

describe('a file of line protocol', () => {
  const lines = (count: number) =>
    Array.from(
      { length: count },
      (_, row) => `press,site=a temp=${20 + (row % 10)},note="a ${row}\nb" ${1_700_000_000 + row}`,
    )

  it('is stored line by line, texts with line ends included', async () => {
    const room = await newRoom()
    const file = Buffer.from(`${lines(60_000).join('\n')}\nbroken line\n`)
    expect(file.length).toBeGreaterThan(leastChunkBytes)
    const view = await send(
      room,
      file,
      { format: 'lines', name: 'a.lp', options: { precision: 's' } },
      leastChunkBytes + 7,
    )
    expect(view).toMatchObject({ state: 'done', rows: 60_000, readings: 120_000, rejected: 1, offset: file.length })
    expect(stored(room, 'press,site=a', 'temp')).toHaveLength(60_000)
    expect(await room.connect.imports.rejected(view.id, 0, 10)).toMatchObject([{ line: 120_001, row: 'broken line' }])
  })

  it('in a dry run is read and not stored', async () => {
    const room = await newRoom()
    const view = await send(room, Buffer.from(lines(10).join('\n')), {
      format: 'lines',
      dryRun: true,
      options: { precision: 's' },
    })
    expect(view).toMatchObject({ rows: 10, readings: 20, from: 1.7e15, rejected: 0 })
    expect(room.historian.batches).toHaveLength(0)
    expect(room.connect.things.list()).toHaveLength(0)
  })
})
