import { afterEach, describe, expect, it } from 'vitest'
import { type ImportRequest, leastChunkBytes } from '#connect'
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
})
