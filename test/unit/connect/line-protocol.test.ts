import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LineProtocolOptions } from '#connect'
import type { Value } from '#model'
import { fieldPropertyName } from '../../../src/connect/ingest/names.ts'
import { thingOfSeries } from '../../../src/connect/ingest/series-key.ts'
import { parseReferenceLine, type ReferencePoint } from './reference-line-protocol.ts'
import { boiler, openRoom, type Room } from './room.ts'

const arrivedAt = 1_767_225_600_000_000

describe('line protocol', () => {
  let room: Room
  beforeEach(async () => {
    room = await openRoom()
  })
  afterEach(async () => room.end())

  const send = (body: string | Uint8Array, options: Partial<LineProtocolOptions> = {}) =>
    room.connect.ingest.lineProtocol(typeof body === 'string' ? Buffer.from(body) : body, {
      precision: 'us',
      arrivedAt,
      ...options,
    })
  const rows = (thing: string, property: string): [number, Value][] => {
    const tag = room.connect.things.tag(thing, property)
    return tag ? room.historian.rows(tag.id).map(({ time, value }) => [time, value]) : []
  }

  it('becomes a thing for each series and a property for each field', async () => {
    const outcome = await send('weather,site=north,area=2 temperature=21.5,rain=f 1000\n')
    expect(outcome).toEqual({ accepted: 1, rejected: [], rejectedCount: 0 })
    expect(room.connect.things.get('weather,area=2,site=north')).toMatchObject({
      origin: 'ingest',
      properties: [
        { name: 'temperature', type: 'number' },
        { name: 'rain', type: 'boolean' },
      ],
    })
    expect(rows('weather,area=2,site=north', 'temperature')).toEqual([[1000, 21.5]])
    expect(rows('weather,area=2,site=north', 'rain')).toEqual([[1000, false]])
  })

  it('takes the order of tags as one series', async () => {
    await send('m,a=1,b=2 v=1 1\nm,b=2,a=1 v=2 2')
    expect(rows('m,a=1,b=2', 'v')).toEqual([
      [1, 1],
      [2, 2],
    ])
  })

  it('reads every kind of value exactly', async () => {
    await send(
      'm i=9007199254740993i,u=5u,n=-3i,f=1e-3,g=-.5,h=7.,t=TRUE,s="a \\"b\\" \\\\ c, d=e",z=9223372036854775807u 1',
    )
    const read = (name: string) => rows('m', name)[0]?.[1]
    expect(['i', 'u', 'n', 'f', 'g', 'h', 't', 's', 'z'].map(read)).toEqual([
      9_007_199_254_740_993n,
      5,
      -3,
      0.001,
      -0.5,
      7,
      true,
      'a "b" \\ c, d=e',
      9_223_372_036_854_775_807n,
    ])
  })

  it('knows a negative zero of floats, but none of integers, known series or not', async () => {
    await send('m f=-0,i=-0i 1')
    await send('m f=-0,i=-0i 2\n')
    for (const index of [0, 1]) {
      expect(rows('m', 'f')[index]![1]).toBe(-0)
      expect(rows('m', 'i')[index]![1]).toBe(0)
    }
  })

  it('lets text span lines, and counts them', async () => {
    const outcome = await send('m s="one\ntwo" 1\nbad\n')
    expect(rows('m', 's')).toEqual([[1, 'one\ntwo']])
    expect(outcome.rejected).toMatchObject([{ line: 3, message: 'missing fields' }])
  })

  it('skips blank lines and comments, takes CRLF and a last line without an end', async () => {
    expect(await send('\n# note\r\n   \r\nm v=1 1\r\n\tm v=2 2')).toMatchObject({ accepted: 2, rejectedCount: 0 })
  })

  it.each<[LineProtocolOptions['precision'], string, number]>([
    ['ns', '1767225600123456499', 1_767_225_600_123_456],
    ['ns', '1767225600123456500', 1_767_225_600_123_457],
    ['ns', '499', 0],
    ['us', '1767225600123456', 1_767_225_600_123_456],
    ['ms', '1767225600123', 1_767_225_600_123_000],
    ['s', '1767225600', 1_767_225_600_000_000],
    ['m', '29453760', 1_767_225_600_000_000],
    ['h', '490896', 1_767_225_600_000_000],
  ])('reads a time in %s: %s', async (precision, text, time) => {
    await send(`m v=1 ${text}`, { precision })
    expect(rows('m', 'v')).toEqual([[time, 1]])
  })

  it('gives lines without a time the time of arrival', async () => {
    await send('m v=1')
    expect(rows('m', 'v')).toEqual([[arrivedAt, 1]])
  })

  it.each([
    ['m', 'missing fields'],
    ['m ', 'missing fields'],
    [',a=b v=1', 'missing measurement'],
    ['m,a v=1', 'missing tag value'],
    ['m,a= v=1', 'missing tag value'],
    ['m,=b v=1', 'missing tag key'],
    ['m,a=1,a=2 v=1', 'duplicate tag a'],
    ['m v', 'missing field value'],
    ['m v=', 'missing field value'],
    ['m =1', 'missing field key'],
    ['m v=1,', 'missing field value'],
    ['m v=NaN', 'invalid field value: neither number, boolean nor quoted text'],
    ['m v=Inf', 'invalid field value: neither number, boolean nor quoted text'],
    ['m v=-Inf', 'invalid number'],
    ['m v=1e999', 'invalid number'],
    ['m v=1.2.3', 'invalid number'],
    ['m v=-', 'invalid number'],
    ['m v=1.5i', 'invalid number: an integer needs digits only and 64 bits'],
    ['m v=9223372036854775808i', 'invalid number: an integer needs digits only and 64 bits'],
    ['m v=9223372036854775808u', 'invalid number: an integer needs digits only and 64 bits'],
    ['m v=-1u', 'invalid number'],
    ['m v="x', 'unbalanced quotes'],
    ['m v="x"y', 'a field value is followed by something else'],
    ['m v=1 12a', 'bad timestamp'],
    ['m v=1 12 13', 'bad timestamp'],
    ['m v=1 -5', 'the time is before 1970'],
    ['m v=1 99999999999999999', 'the time is after 2255'],
  ])('refuses %j: %s', async (line, message) => {
    const outcome = await send(`good v=1 1\n${line}\ngood v=2 2\n`)
    expect(outcome).toMatchObject({ accepted: 2, rejectedCount: 1, rejected: [{ line: 2, message }] })
    expect(outcome.rejected[0]!.code).toBe('IW_CONNECT_LINE_PROTOCOL')
    expect(rows('good', 'v')).toEqual([
      [1, 1],
      [2, 2],
    ])
  })

  it('drops a point whole when one of its fields conflicts in type, as InfluxDB does', async () => {
    await send('m a=1,b=1 1')
    const outcome = await send('m a=2,b=2i 2\nm a=3,b=3 3')
    expect(outcome).toMatchObject({ accepted: 1, rejectedCount: 1, rejected: [{ code: 'IW_HISTORIAN_TYPE' }] })
    expect(outcome.rejected[0]!.message).toBe('field type conflict: b is integer, already exists as type float')
    expect(rows('m', 'a').map(([time]) => time)).toEqual([1, 3])
  })

  it('finds a conflict inside one body of new series, too', async () => {
    const outcome = await send('m a=1 1\nm a="x" 2\nm a=3 3')
    expect(outcome).toMatchObject({ accepted: 2, rejectedCount: 1, rejected: [{ line: 2 }] })
  })

  it('stores nothing twice when a body with times is sent again', async () => {
    const body = 'm v=1 1\nm v=2 2\n'
    await send(body)
    await send(body)
    expect(rows('m', 'v')).toHaveLength(2)
  })

  it('keeps the last of several values for one time, also when a field of it is new', async () => {
    await send('m x=0 1')
    await send('m x=1,y=1 5\nm x=2 5')
    expect(rows('m', 'x')).toEqual([
      [1, 0],
      [5, 2],
    ])
  })

  it('knows its things after a restart', async () => {
    await send('m,a=1 v=1 1')
    room = await room.restart()
    expect(room.connect.things.get('m,a=1')).toMatchObject({ origin: 'ingest', version: 1 })
    await send('m,a=1 v=2,w=2i 2')
    expect(room.connect.things.get('m,a=1')).toMatchObject({ version: 2, properties: [{ name: 'v' }, { name: 'w' }] })
    expect(rows('m,a=1', 'v')).toHaveLength(2)
  })

  it('does not let anybody send values of a machine that is read by us', async () => {
    await room.connect.things.add(boiler, 'database')
    const outcome = await send('boiler temperature=99 1\nother v=1 1')
    expect(outcome).toMatchObject({ accepted: 1, rejectedCount: 1 })
    expect(rows('boiler', 'temperature')).toEqual([])
  })

  it('feeds a thing without a connection that a person defined, but adds nothing to it', async () => {
    await room.connect.things.add(
      { id: 'scale', properties: [{ name: 'weight', type: 'number', unit: 'kg' }] },
      'database',
    )
    const outcome = await send('scale weight=12.5 1\nscale weight=13,colour="red" 2')
    expect(outcome).toMatchObject({ accepted: 1, rejected: [{ code: 'IW_CONNECT_UNKNOWN_PROPERTY', line: 2 }] })
    expect(rows('scale', 'weight')).toEqual([[1, 12.5]])
  })

  it('makes a thing again that was removed, and takes the type its tag has', async () => {
    await send('m v=1 1')
    await room.connect.things.remove('m')
    const outcome = await send('m v="text" 2\nm v=3 3')
    expect(outcome).toMatchObject({ accepted: 1, rejectedCount: 1, rejected: [{ code: 'IW_HISTORIAN_TYPE' }] })
    expect(rows('m', 'v').map(([time]) => time)).toEqual([1, 3])
  })

  it('gives series ids of their own, whatever their names hold', async () => {
    const lines = [
      'a\\ b v=1 1',
      'a~20b v=1 1',
      '_a v=1 1',
      'm~~_a v=1 1',
      'a,b=c v=1 1',
      'a\\,b=c v=1 1',
      'a,b\\==c v=1 1',
      '温度,区=北 v=1 1',
      `${'x'.repeat(300)} v=1 1`,
      `${'x'.repeat(301)} v=1 1`,
    ]
    expect(await send(lines.join('\n'))).toMatchObject({ accepted: lines.length, rejectedCount: 0 })
    expect(room.connect.things.list()).toHaveLength(lines.length)
    expect(room.connect.things.get('温度,区=北')).toBeDefined()
    expect(room.connect.things.get('a~20b')).toBeDefined()
  })

  it('refuses what is not UTF-8', async () => {
    const bad = Buffer.concat([
      Buffer.from('m,a='),
      Buffer.from([0xff]),
      Buffer.from(' v=1 1\nm s="'),
      Buffer.from([0xc3]),
    ])
    const body = Buffer.concat([bad, Buffer.from('" 1\nm v=1 1\n')])
    expect(await send(body)).toMatchObject({ accepted: 1, rejectedCount: 2, rejected: [{ line: 1 }, { line: 2 }] })
  })

  it('keeps to the limits on new series and goes on with those there are', async () => {
    await room.end()
    room = await openRoom({ limits: { ingestThings: 3, newPerRequest: 2 } })
    const first = await send('a v=1 1\nb v=1 1\nc v=1 1\na v=2 2')
    expect(first).toMatchObject({ accepted: 3, rejected: [{ line: 3, code: 'IW_CONNECT_TOO_MANY' }] })
    expect(await send('c v=1 1')).toMatchObject({ accepted: 1 })
    expect(await send('d v=1 1\na v=3 3')).toMatchObject({ accepted: 1, rejected: [{ code: 'IW_CONNECT_TOO_MANY' }] })
  })

  it('acknowledges nothing that the historian refuses', async () => {
    await send('m v=1 1')
    room.historian.refuseWith = 'IW_HISTORIAN_DISK_FULL'
    await expect(send('m v=2 2')).rejects.toMatchObject({ code: 'IW_HISTORIAN_DISK_FULL' })
  })

  it('keeps the first bad line of a body in quarantine and counts the others', async () => {
    await send(`${'bad\n'.repeat(150)}m v=1 1\n`)
    expect(room.connect.quarantine.count).toBe(150)
    expect(room.connect.quarantine.list()).toMatchObject([{ reason: 'line 1: missing fields', sample: 'bad\\x0a' }])
  })

  it('takes a body of many slices, line numbers and all', async () => {
    const lines = Array.from({ length: 40_000 }, (_, i) =>
      i === 35_000 ? 'bad' : `m,tag=${i % 50} v=${i / 8},q=${i}i ${i}`,
    )
    const outcome = await send(lines.join('\n'))
    expect(outcome).toMatchObject({ accepted: 39_999, rejectedCount: 1, rejected: [{ line: 35_001 }] })
    expect(room.historian.batches.reduce((sum, { count }) => sum + count, 0)).toBe(79_998)
    expect(room.historian.batches.length).toBeGreaterThan(1)
  })

  it('sent by two at once with the same new series stores both', async () => {
    await Promise.all([send('m,a=1 v=1 1'), send('m,a=1 v=2,w=1 2'), send('m,a=1 w=3 3')])
    expect(rows('m,a=1', 'v')).toHaveLength(2)
    expect(rows('m,a=1', 'w')).toHaveLength(2)
    expect(room.connect.things.list()).toHaveLength(1)
  })
})

// A small alphabet, so that series, fields and escapes meet often.
const word = fc.string({
  unit: fc.constantFrom('a', 'b', '7', '_', '温', ' ', ',', '=', '\\', '"', '~'),
  minLength: 1,
  maxLength: 5,
})
const safe = word.map((text) => text.replace(/\\/g, '/'))
const escapeKey = (text: string) => text.replace(/([,= ])/g, '\\$1')
const escapeMeasurement = (text: string) => text.replace(/([, ])/g, '\\$1')
const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((value) => value.replace(/[\r\n]/g, ' '))
const float = fc.oneof(
  fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
  fc.tuple(fc.integer({ min: -99999, max: 99999 }), fc.integer({ min: 0, max: 999 })).map(([a, b]) => `${a}.${b}`),
  fc.bigInt({ min: 0n, max: 10n ** 25n }).map((digits) => `0.${digits}`),
)
const fieldValue = fc.oneof(
  float,
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => `${value}i`),
  fc.constantFrom('t', 'F', 'true', 'False', 'TRUE'),
  text.map((value) => `"${value.replace(/(["\\])/g, '\\$1')}"`),
)
const measurement = safe.filter((name) => !name.startsWith('#')).map(escapeMeasurement)
const goodLine = fc
  .tuple(
    measurement,
    fc.uniqueArray(fc.tuple(safe.map(escapeKey), safe.map(escapeKey)), { selector: ([key]) => key, maxLength: 3 }),
    fc.array(fc.tuple(safe.map(escapeKey), fieldValue), { minLength: 1, maxLength: 4 }),
    fc.option(fc.integer({ min: 0, max: 2 ** 50 }), { nil: undefined }),
    fc.constantFrom('\n', '\r\n'),
  )
  .map(([name, tags, fields, time, end]) => {
    const key = [name, ...tags.map(([tag, value]) => `${tag}=${value}`)].join(',')
    const set = fields.map(([field, value]) => `${field}=${value}`).join(',')
    return `${key} ${set}${time === undefined ? '' : ` ${time}`}${end}`
  })
const badLine = fc
  .oneof(
    fc
      .string({ unit: fc.constantFrom('a', ' ', ',', '=', '\\', '1', '.', 'i', 'e', '-', '\t'), maxLength: 30 })
      .map((line) => `${line}\n`),
    goodLine.map((line) => `${line.slice(0, -3)}\n`),
  )
  .filter((line) => !line.includes('"'))

describe('the fast parser', () => {
  it('stores what the obvious parser reads, and refuses what it refuses', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 4, arbitrary: goodLine }, badLine), { maxLength: 12 }),
        async (lines) => {
          await compareWithReference(lines)
        },
      ),
      { numRuns: 150 },
    )
  }, 120_000)

  it('never throws on random bytes and never loses a good line among them', async () => {
    const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => bytes.map((byte) => (byte === 0x22 ? 0x21 : byte)))
    await fc.assert(
      fc.asyncProperty(fc.array(noise, { minLength: 1, maxLength: 8 }), async (chunks) => {
        const room = await openRoom()
        try {
          const parts = chunks.flatMap((chunk, i) => [chunk, Buffer.from(`\ngood v=${i}i ${i}\n`)])
          await room.connect.ingest.lineProtocol(Buffer.concat(parts), { precision: 'us', arrivedAt })
          const tag = room.connect.things.tag('good', 'v')!
          const stored = room.historian.rows(tag.id).map(({ value }) => value)
          expect(stored).toEqual(chunks.map((_, i) => i))
        } finally {
          await room.end()
        }
      }),
      { numRuns: 60 },
    )
  }, 120_000)

  it('never throws on random bytes with quotes in them', async () => {
    const room = await openRoom()
    const pieces = fc.constantFrom(
      'm',
      ' ',
      ',',
      '=',
      '"',
      '\\',
      '\n',
      '1',
      'v="',
      '"\n',
      'i',
      't',
      '\u0000',
      '温',
      '\r\n',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 60 }), async (parts) => {
        const body = Buffer.from(parts.join(''))
        const { accepted, rejectedCount } = await room.connect.ingest.lineProtocol(body, { precision: 'ns', arrivedAt })
        expect(accepted + rejectedCount).toBeLessThanOrEqual(parts.length + 1)
      }),
      { numRuns: 500 },
    )
    await room.end()
  }, 120_000)

  it('loses only the line with the quote that nobody closes', async () => {
    const room = await openRoom()
    const body = 'm f="abc\nm v=1 1\nm g="x" 2\nm h=3 3\n'
    const outcome = await room.connect.ingest.lineProtocol(Buffer.from(body), { precision: 'us', arrivedAt })
    expect(outcome).toMatchObject({ accepted: 3, rejectedCount: 1, rejected: [{ line: 1 }] })
    await room.end()
  })

  it('never takes what stands inside a text for a line, also when its line is refused', async () => {
    const room = await openRoom()
    const body = 'm bad=nonsense,s="x\nforged v=1 1\n" 1\nm v=1 1\n'
    const outcome = await room.connect.ingest.lineProtocol(Buffer.from(body), { precision: 'us', arrivedAt })
    expect(outcome).toMatchObject({ accepted: 1, rejectedCount: 1 })
    expect(room.connect.things.get('forged')).toBeUndefined()
    await room.end()
  })
})

async function compareWithReference(lines: readonly string[]): Promise<void> {
  const room = await openRoom()
  try {
    const types = new Map<string, string>()
    const expected = new Map<string, Map<number, Value>>()
    let accepted = 0
    let rejected = 0
    for (const line of lines) {
      const point = parseReferenceLine(line.slice(0, -1))
      if (point === null) continue
      if (point && keep(point, types, expected)) accepted++
      else rejected++
    }
    const body = Buffer.from(lines.join(''))
    const outcome = await room.connect.ingest.lineProtocol(body, { precision: 'us', arrivedAt })
    expect([outcome.accepted, outcome.rejectedCount]).toEqual([accepted, rejected])
    // Again, the series being known now: nothing may change.
    expect(await room.connect.ingest.lineProtocol(body, { precision: 'us', arrivedAt })).toEqual(outcome)
    const stored = new Map<string, Map<number, Value>>(
      room.connect.things.list().flatMap(({ id, properties }) =>
        properties.map(({ name }) => {
          const tag = room.connect.things.tag(id, name)!
          const rows = room.historian.rows(tag.id)
          return [`${id}|${name}`, new Map(rows.map(({ time, value }) => [time, value]))] as const
        }),
      ),
    )
    for (const [series, values] of expected) expect(stored.get(series), series).toEqual(values)
  } finally {
    await room.end()
  }
}

/** Applies one point of the reference; false where a field conflicts in type with what was before. */
function keep(point: ReferencePoint, types: Map<string, string>, expected: Map<string, Map<number, Value>>): boolean {
  const key = [
    escapeMeasurement(point.measurement),
    ...Object.entries(point.tags).map(([k, v]) => `${escapeKey(k)}=${escapeKey(v)}`),
  ]
  const thing = thingOfSeries(Buffer.from(key.join(',')))
  if (!thing.ok) throw new Error(`the reference takes ${key} for a series: ${thing.message}`)
  const names: readonly string[] = point.fields.map(([name]) => `${thing.value}|${fieldPropertyName(name)}`)
  const own = new Map<string, string>()
  for (const [i, [, value]] of point.fields.entries()) {
    const known = types.get(names[i]!) ?? own.get(names[i]!)
    if (known !== undefined && known !== typeof value) {
      // The series exists all the same: InfluxDB, too, makes it before it looks at the types.
      for (const [name, type] of own) if (!types.has(name)) types.set(name, type)
      return false
    }
    own.set(names[i]!, typeof value)
  }
  for (const [i, [, value]] of point.fields.entries()) {
    const name = names[i]!
    types.set(name, typeof value)
    const series: Map<number, Value> = expected.get(name) ?? new Map()
    expected.set(name, series)
    const exact = typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value
    series.set(point.time === undefined ? arrivedAt : Number(point.time), exact)
  }
  return true
}
