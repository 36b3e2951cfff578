import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { IwError, silentLogger, systemClock } from '#kernel'
import { BatchBuilder } from '#model'
import { readAddress } from '../../../src/storage/clickhouse/address.ts'
import { type Link, openLink } from '../../../src/storage/clickhouse/link.ts'
import {
  type Block,
  bytesOf,
  encodeBlock,
  int64s,
  nullableFloat64s,
  nullableInt64s,
  nullableStrings,
  readBlocks,
  strings,
} from '../../../src/storage/clickhouse/native.ts'
import { selectBuckets, selectRows } from '../../../src/storage/clickhouse/statements.ts'
import { Tags } from '../../../src/storage/clickhouse/tags.ts'
import { Writer } from '../../../src/storage/clickhouse/writer.ts'

const noon = 1_767_268_800_000_000

describe('the address of a ClickHouse server', () => {
  it('is taken apart, and shown without user and password', () => {
    expect(readAddress('clickhouse://ann:p%40ss@db.example:9000/plant')).toEqual({
      url: 'http://db.example:9000',
      username: 'ann',
      password: 'p@ss',
      database: 'plant',
      shown: 'clickhouse://db.example:9000/plant',
    })
    expect(readAddress('clickhouses://db.example')).toMatchObject({
      url: 'https://db.example:8443',
      username: 'default',
      database: 'interwork',
    })
  })

  it('is refused where it is none or names a database that SQL would have to quote, and the password is not repeated', () => {
    for (const wrong of ['postgres://x', 'clickhouse://', 'http://a:secret@b', 'clickhouse://a:secret@b/x`;drop']) {
      const read = () => readAddress(wrong)
      expect(read).toThrow(expect.objectContaining({ code: 'IW_STORAGE_OPEN' }))
      expect(read).not.toThrow(/secret/)
    }
  })
})

async function blocksOf(bytes: Uint8Array, cut: number): Promise<Block[]> {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, at + cut)
  }
  const blocks: Block[] = []
  for await (const block of readBlocks(chunks())) blocks.push(block)
  return blocks
}

describe('the Native format', () => {
  const row = fc.record({
    tag: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    time: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    value: fc.double(),
    quality: fc.nat(255),
    text: fc.option(fc.string({ unit: 'grapheme' })),
    large: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    good: fc.option(fc.double({ noNaN: true })),
    name: fc.string({ unit: 'binary' }),
  })

  it('gives back every row that was encoded, wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(row, { minLength: 1 }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 70 }),
        async (all, cut) => {
          const encoded = all.map((rows) =>
            encodeBlock(rows.length, [
              { name: 'tag', type: 'Int32', parts: [bytesOf(Int32Array.from(rows, ({ tag }) => tag))] },
              { name: 'time', type: 'Int64', parts: [int64s(rows.map(({ time }) => time))] },
              { name: 'value', type: 'Float64', parts: [bytesOf(Float64Array.from(rows, ({ value }) => value))] },
              { name: 'quality', type: 'UInt8', parts: [Uint8Array.from(rows, ({ quality }) => quality)] },
              { name: 'text', type: 'Nullable(String)', parts: nullableStrings(rows.map(({ text }) => text)) },
              { name: 'large', type: 'Nullable(Int64)', parts: nullableInt64s(rows.map(({ large }) => large)) },
              { name: 'good', type: 'Nullable(Float64)', parts: nullableFloat64s(rows.map(({ good }) => good)) },
              { name: 'name', type: 'String', parts: [strings(rows.map(({ name }) => name))] },
            ]),
          )
          const blocks = await blocksOf(Buffer.concat(encoded), cut)
          const got = blocks.map(({ rows, columns }) =>
            Array.from({ length: rows }, (_, at) => columns.map((column) => column[at])),
          )
          const wanted = all.map((rows) =>
            rows.map(({ tag, time, value, quality, text, large, good, name }) => [
              tag,
              BigInt(time),
              value,
              quality,
              text,
              large,
              good,
              name,
            ]),
          )
          expect(got).toEqual(wanted)
        },
      ),
    )
  })

  it('never gives rows out of bytes that are no blocks: it says that the answer is broken', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 50 }),
        async (bytes, cut) => {
          try {
            for (const { rows, columns } of await blocksOf(bytes, cut))
              for (const column of columns) expect(column.length).toBe(rows)
          } catch (error) {
            expect(error).toMatchObject({ code: 'IW_HISTORIAN_CORRUPT' })
          }
        },
      ),
    )
  })

  it('tells what the server says in the middle of an answer', async () => {
    const block = encodeBlock(1, [{ name: 'a', type: 'UInt8', parts: [Uint8Array.of(1)] }])
    const broken = Buffer.concat([block, Buffer.from('Code: 241. DB::Exception: Memory limit exceeded\n')])
    await expect(blocksOf(broken, 7)).rejects.toThrow(/Code: 241. DB::Exception: Memory limit exceeded/)
  })
})

describe('statements', () => {
  it('put nothing into SQL but whole numbers, also for a range without an end', () => {
    const asked = { tag: 7, from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, limit: 3, descending: true }
    const sql = selectRows('plant', asked)
    expect(sql).toMatch(/FROM `plant`\.readings FINAL WHERE tag = 7 AND .* ORDER BY time DESC LIMIT 3$/)
    expect(sql).toContain("time >= fromUnixTimestamp64Micro(0, 'UTC')")
    expect(sql).not.toMatch(/Infinity|NaN|e\+/)
    expect(() => selectRows('plant', { ...asked, tag: Number.NaN })).toThrow(/no whole number/)
  })

  it('divide where all buckets are of one length, and look up where one is not', () => {
    const even = selectBuckets('plant', { tag: 1, edges: Float64Array.of(noon, noon + 10, noon + 20) })
    expect(even).toContain(`intDiv(t - ${noon}, 10) * 10`)
    const longerAtTheEnd = selectBuckets('plant', { tag: 1, edges: Float64Array.of(noon, noon + 10, noon + 30) })
    expect(longerAtTheEnd).toContain(`roundDown(t, [toInt64(${noon}),toInt64(${noon + 10})])`)
  })

  it('begin a bucket whose edge lies between two microseconds at the later one', () => {
    const sql = selectBuckets('plant', { tag: 1, edges: Float64Array.of(noon, noon + 0.5, noon + 3) })
    expect(sql).toContain(`roundDown(t, [toInt64(${noon}),toInt64(${noon + 1})])`)
  })
})

describe('tags', () => {
  it('asks to write new ones and known ones with another unit, and nothing twice', () => {
    const tags = new Tags()
    tags.put({ id: 1, thing: 'kiln', property: 'temperature', type: 'number', unit: 'K' })
    const missing = tags.missing([
      { thing: 'kiln', property: 'temperature', type: 'number' },
      { thing: 'kiln', property: 'temperature', type: 'number', unit: 'Cel' },
      { thing: 'kiln', property: 'fan', type: 'boolean' },
      { thing: 'kiln', property: 'fan', type: 'boolean' },
    ])
    expect(missing).toEqual([
      { id: 1, thing: 'kiln', property: 'temperature', type: 'number', unit: 'Cel' },
      { id: 2, thing: 'kiln', property: 'fan', type: 'boolean' },
    ])
  })
})

describe('the writer', () => {
  const batch = (source: string, sequence: number) =>
    new BatchBuilder().add(1, noon + sequence, sequence).build({ source, sequence, arrivedAt: noon })

  /** A link that notes where inserts go; each waits until it is let go. */
  function slowLink() {
    const into: string[] = []
    const held: ((error?: IwError) => void)[] = []
    const link = {
      insert: (table: string) => {
        into.push(table)
        return new Promise<void>((resolve, reject) => held.push((error) => (error ? reject(error) : resolve())))
      },
    } as unknown as Link
    return { link, into, next: (error?: IwError) => held.shift()!(error) }
  }

  const writerOver = (link: Link) =>
    new Writer({
      link,
      database: 'plant',
      clock: systemClock,
      firstSeq: 10n,
      groupMs: 0,
      waitingRows: 3,
      outcome: () => {},
    })

  const adding = (writer: Writer, source: string, sequence: number) =>
    new Promise<void>((stored, refused) => writer.add({ batch: batch(source, sequence), stored, refused }))

  it('writes the mark of a source after its readings, and acknowledges after both', async () => {
    const { link, into, next } = slowLink()
    const writer = writerOver(link)
    let isAcknowledged = false
    const first = adding(writer, 'edge', 1).then(() => {
      isAcknowledged = true
    })
    next()
    await new Promise(setImmediate)
    expect(into.map((table) => /\.(\w+)/.exec(table)?.[1])).toEqual(['readings', 'marks'])
    expect(isAcknowledged).toBe(false)
    next()
    await first
    expect(writer.storedSeq).toBe(10n)
  })

  it('refuses with a failed insert all that waits behind it, so that nothing overtakes', async () => {
    const { link, into, next } = slowLink()
    const writer = writerOver(link)
    const failure = new IwError('IW_HISTORIAN_DISK_ERROR', 'down')
    const outcomes = Promise.allSettled([
      adding(writer, 'edge', 1),
      adding(writer, 'edge', 2),
      adding(writer, 'edge', 3),
    ])
    next(failure)
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(into).toHaveLength(1)
    const again = adding(writer, 'edge', 1)
    next()
    await new Promise(setImmediate)
    next()
    await again
    expect(writer.storedSeq).toBe(11n)
  })

  it('refuses as busy what is more than may wait', () => {
    const { link } = slowLink()
    const writer = writerOver(link)
    for (const sequence of [1, 2, 3]) void adding(writer, 'edge', sequence)
    expect(() => writer.add({ batch: batch('edge', 4), stored: () => {}, refused: () => {} })).toThrow(
      expect.objectContaining({ code: 'IW_HISTORIAN_BUSY' }),
    )
  })
})

describe('the link to a server', () => {
  let server: Server | undefined
  let link: Link | undefined
  afterEach(async () => {
    await link?.close()
    server?.close()
  })

  async function linkTo(answer: RequestListener): Promise<Link> {
    server = createServer(answer).listen(0, '127.0.0.1')
    await new Promise((resolve) => server!.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    link = await openLink(readAddress(`clickhouse://ann:secret@127.0.0.1:${port}/plant`), silentLogger)
    return link
  }

  const failing =
    (code: number, text: string): RequestListener =>
    (request, response) => {
      request.resume().on('end', () => {
        response.writeHead(500, { 'x-clickhouse-exception-code': String(code) })
        response.end(`Code: ${code}. DB::Exception: ${text}. (SOME_ERROR) (version 26.7.2.1)`)
      })
    }

  it('says busy, full and refused by the codes of the server', async () => {
    const cases = [
      [252, 'IW_HISTORIAN_BUSY'],
      [243, 'IW_HISTORIAN_DISK_FULL'],
      [60, 'IW_HISTORIAN_DISK_ERROR'],
    ] as const
    for (const [code, expected] of cases) {
      const to = await linkTo(failing(code, 'it went wrong'))
      await expect(to.insert('`plant`.readings', Buffer.of(1)), expected).rejects.toMatchObject({
        code: expected,
        message: expect.stringContaining('it went wrong'),
      })
      await to.close()
      server!.close()
    }
  })

  it('names the place, and not the password, where nobody answers', async () => {
    const to = await linkTo(() => {})
    await new Promise((resolve) => server!.close(resolve))
    const refused = to.command('SELECT 1')
    await expect(refused).rejects.toMatchObject({ code: 'IW_HISTORIAN_DISK_ERROR' })
    await expect(refused).rejects.toThrow(/clickhouse:\/\/127\.0\.0\.1:\d+\/plant does not answer/)
    await expect(refused).rejects.not.toThrow(/secret/)
  })

  it('asks for inserts that are on disk before they are answered, with the data in the body', async () => {
    let asked: URLSearchParams | undefined
    let body = ''
    const to = await linkTo((request, response) => {
      asked = new URL(request.url!, 'http://localhost').searchParams
      request.setEncoding('latin1').on('data', (text) => {
        body += text
      })
      request.on('end', () => response.end())
    })
    await to.insert('`plant`.readings (tag)', Buffer.from('block'))
    expect(asked?.get('query')).toBe('INSERT INTO `plant`.readings (tag) FORMAT Native')
    expect([asked?.get('async_insert'), asked?.get('wait_end_of_query'), body]).toEqual(['0', '1', 'block'])
  })

  it('says that an answer which ends too early is broken', async () => {
    const block = encodeBlock(3, [{ name: 'a', type: 'Float64', parts: [bytesOf(Float64Array.of(1, 2, 3))] }])
    const to = await linkTo((request, response) => {
      request.resume().on('end', () => response.end(block.subarray(0, block.length - 3)))
    })
    await expect(to.rows('SELECT a')).rejects.toMatchObject({ code: 'IW_HISTORIAN_CORRUPT' })
  })
})
