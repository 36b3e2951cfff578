import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findCsvPlan } from '../../../../src/connect/imports/csv/find-plan.ts'
import type { KnownSeries } from '../../../../src/connect/imports/csv/plan.ts'
import { type Block, TableReader } from '../../../../src/connect/imports/csv/table-reader.ts'
import type { ImportOptions } from '../../../../src/connect/imports/options.ts'

/** Encodes text as files do; Node writes no GB 18030 itself. */
function encode(text: string, encoding: string): Buffer {
  if (encoding === 'utf-8-bom') return Buffer.from(`\ufeff${text}`)
  if (encoding === 'utf-16le') return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])
  if (encoding === 'windows-1252') return Buffer.from(text, 'latin1')
  if (encoding === 'gb18030') return Buffer.concat([...text].map(gb))
  return Buffer.from(text)
}

const gbBytes = new Map<string, Buffer>()

/** The two bytes of a character in GB 2312, found by decoding them all. */
function gb(character: string): Buffer {
  if (gbBytes.size === 0) {
    const decoder = new TextDecoder('gb18030')
    for (let high = 0xa1; high <= 0xf7; high++)
      for (let low = 0xa1; low <= 0xfe; low++) {
        const bytes = Buffer.from([high, low])
        gbBytes.set(decoder.decode(bytes), bytes)
      }
  }
  return character < '\x80' ? Buffer.from(character) : gbBytes.get(character)!
}

interface Read {
  readonly rows: unknown[]
  readonly blocks: Block[]
  readonly names: Map<number, string>
}

/** Reads a file in chunks, and gives its readings as `thing/property time value`. */
function readFile(bytes: Buffer, options: ImportOptions = {}, zone = 'UTC', chunkBytes = bytes.length): Read {
  const plan = findCsvPlan({ name: 'file.csv', bytes, isWhole: true, zone }, options)
  const known = new Map<string, KnownSeries>()
  const names = new Map<number, string>()
  const read: Read = { rows: [], blocks: [], names }
  let [offset, line] = [0, 1]
  let inDoubt: ReadonlyMap<string, number> = new Map()
  while (offset < bytes.length) {
    const chunk = bytes.subarray(offset, offset + chunkBytes)
    const isEnd = offset + chunk.length === bytes.length
    const reader = new TableReader(plan, { bytes: chunk, offset, line, isEnd }, known, inDoubt)
    for (let next = reader.next(); next; next = reader.next()) {
      if ('length' in next) {
        for (const { key, thing, property } of next) names.set(names.size + 1, `${thing}/${property}`) && key
        reader.know(
          next.map(({ key, type }, place) => ({
            key,
            tag: names.size - next.length + place + 1,
            type,
            factor: 1,
            shift: 0,
          })),
        )
        continue
      }
      read.blocks.push(next)
      addRows(read, next)
      ;[offset, line, inDoubt] = [next.end, next.nextLine, next.inDoubt]
    }
  }
  return read
}

function addRows({ rows, names }: Read, { columns }: Block): void {
  const text = new Map(
    columns.texts ? [...columns.texts.row].map((row, place) => [row, columns.texts!.text[place]]) : [],
  )
  for (let row = 0; row < columns.count; row++)
    rows.push([names.get(columns.tag[row]!), columns.time[row], text.get(row) ?? columns.value[row]])
}

/** How a table can be written. */
interface Notation {
  readonly delimiter: string
  readonly decimal: string
  readonly encoding: string
  readonly lineEnd: string
  readonly time: (ms: number) => string
  readonly truth: readonly [string, string]
}

const two = (value: number) => String(value).padStart(2, '0')
const notations: readonly Notation[] = [
  {
    delimiter: ',',
    decimal: '.',
    encoding: 'utf-8',
    lineEnd: '\n',
    time: (ms) => new Date(ms).toISOString(),
    truth: ['true', 'false'],
  },
  {
    delimiter: ';',
    decimal: ',',
    encoding: 'windows-1252',
    lineEnd: '\r\n',
    time(ms) {
      const d = new Date(ms)
      return `${two(d.getUTCDate())}.${two(d.getUTCMonth() + 1)}.${d.getUTCFullYear()} ${d.toISOString().slice(11, 23)}`
    },
    truth: ['ja', 'nein'],
  },
  {
    delimiter: ',',
    decimal: '.',
    encoding: 'gb18030',
    lineEnd: '\r\n',
    time: (ms) =>
      `${new Date(ms).toISOString().slice(0, 10).replaceAll('-', '/')} ${new Date(ms).toISOString().slice(11, 23)}`,
    truth: ['是', '否'],
  },
  {
    delimiter: '\t',
    decimal: ',',
    encoding: 'utf-16le',
    lineEnd: '\r\n',
    time: (ms) => String(ms),
    truth: ['on', 'off'],
  },
  {
    delimiter: '|',
    decimal: '.',
    encoding: 'utf-8-bom',
    lineEnd: '\r',
    time: (ms) => (ms / 1000).toFixed(3),
    truth: ['TRUE', 'FALSE'],
  },
]

/** Pieces of text that an encoding has. In Latin files no two letters beyond ASCII stand side by side, as in words. */
const piecesOf = (encoding: string) =>
  encoding === 'windows-1252'
    ? ['a', 'Z', '9', 'ün', 'ße', '°C', 'ét', ' ', '"', ',', ';', '\n']
    : [...(encoding === 'gb18030' ? 'aZ9温度℃阀 ",;\n' : 'aZ9ü温℃😀 ",;\n')]

const tableOf = ({ encoding }: Notation) =>
  fc.array(
    fc.record({
      step: fc.integer({ min: 1, max: 86_400_000 }),
      value: fc.option(fc.integer({ min: -1e9, max: 1e9 }).map((digits) => digits / 1000)),
      truth: fc.option(fc.boolean()),
      text: fc.string({ unit: fc.constantFrom(...piecesOf(encoding)), maxLength: 12 }),
    }),
    { minLength: 3, maxLength: 40 },
  )

describe('tables', () => {
  it.each(notations)(
    'in $encoding, cells apart by $delimiter, decimal $decimal, read back as they were',
    (notation) => {
      const { delimiter, decimal, encoding, lineEnd, time, truth } = notation
      fc.assert(
        fc.property(tableOf(notation), (given) => {
          let ms = Date.UTC(2026, 0, 13)
          const quoted = (text: string) => (text === '' ? '' : `"${text.replaceAll('"', '""')}"`)
          const expected: unknown[] = []
          const lines = given.map(({ step, value, truth: is, text }, row) => {
            ms += step
            // Every table has a value with a fraction, a truth and a text to be known by.
            const number = row === 0 ? 1.5 : value
            const flag = row === 0 ? true : is
            const note = row === 0 ? 'note a' : text
            if (number !== null) expected.push(['file/wert', ms * 1000, number])
            if (flag !== null) expected.push(['file/läuft', ms * 1000, Number(flag)])
            if (note !== '') expected.push(['file/text', ms * 1000, note])
            const cells = [time(ms), number === null ? '' : String(number).replace('.', decimal)]
            return [...cells, flag === null ? '' : truth[flag ? 0 : 1], quoted(note)].join(delimiter)
          })
          // GB 2312 has no ä.
          const header = encoding === 'gb18030' ? ['time', 'wert', 'l', 'text'] : ['time', 'wert', 'läuft', 'text']
          const file = encode([header.join(delimiter), ...lines, ''].join(lineEnd), encoding)
          const { rows, blocks } = readFile(file, { columns: { l: { property: 'läuft' } } })
          expect(rows).toEqual(expected)
          expect(blocks.at(-1)!.end).toBe(file.length)
          expect(blocks.flatMap(({ rejected }) => rejected)).toEqual([])
        }),
        { numRuns: 60 },
      )
    },
  )

  it('have the same blocks however they are cut', () => {
    const lines = Array.from(
      { length: 40_000 },
      (_, row) =>
        `${new Date(1.7e12 + row * 1000).toISOString()},${row % 7},"a ""quoted""\ntext ${'x'.repeat(row % 50)}"`,
    )
    const file = Buffer.from(`time,n,note\n${lines.join('\n')}\n`)
    const shape = ({ blocks }: Read) =>
      blocks.map(({ number, end, nextLine, rows, columns }) => [number, end, nextLine, rows, columns.count])
    const whole = shape(readFile(file))
    expect(whole.length).toBeGreaterThan(10)
    for (const chunkBytes of [600_000, 777_777, 1_500_001])
      expect(shape(readFile(file, {}, 'UTC', chunkBytes))).toEqual(whole)
  })

  it('in UTF-16 have the same blocks however they are cut', () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, row) => `${new Date(1.7e12 + row * 1000).toISOString()};${row % 7};温度 ${row}`,
    )
    const file = encode(`time;n;note\r\n${lines.join('\r\n')}`, 'utf-16le')
    const whole = readFile(file)
    expect(whole.rows).toHaveLength(40_000)
    const cut = readFile(file, {}, 'UTC', 700_000)
    expect(cut.rows).toEqual(whole.rows)
    expect(cut.blocks.map(({ end, nextLine }) => [end, nextLine])).toEqual(
      whole.blocks.map(({ end, nextLine }) => [end, nextLine]),
    )
  })

  it('reject rows that do not fit, say why and where, and read on', () => {
    const good = Array.from({ length: 50 }, (_, row) => `2026-03-28 12:00:${two(row)},${row},true,7`)
    const bad = [
      'yesterday,1,true,7',
      '2026-03-29 02:30:00,1,true,7',
      '2026-03-29 12:00:00,ERR,true,7',
      '2026-03-29 12:00:01,1,perhaps,7',
      '2026-03-29 12:00:02,1',
      '2026-03-29 12:00:03,"1,true,7',
      '2026-03-29 12:00:04,2,false,8',
    ]
    const { blocks, rows } = readFile(
      Buffer.from(['time,a,b,c', ...good, ...bad, ''].join('\n')),
      { columns: { b: { type: 'boolean' } } },
      'Europe/Berlin',
    )
    expect(blocks[0]!.rejected.map(({ line, reason, column, value }) => [line, reason, column, value])).toEqual([
      [52, 'time', 'time', 'yesterday'],
      [53, 'skipped_hour', 'time', '2026-03-29 02:30:00'],
      [54, 'number', 'a', 'ERR'],
      [55, 'boolean', 'b', 'perhaps'],
      [56, 'cells', undefined, undefined],
      [57, 'quote', undefined, undefined],
    ])
    expect(blocks[0]!.rows).toBe(51)
    expect(rows.slice(-3).map((row) => (row as unknown[])[2])).toEqual([2, 0, 8])
  })

  it('pass over headers that come again, and stop where the columns change', () => {
    const file =
      'time,a,b\n2026-01-01T00:00:00Z,1,2\ntime,a,b\n2026-01-01T00:00:01Z,3,4\ntime,b,a\n2026-01-01T00:00:02Z,5,6\n'
    const [block] = readFile(Buffer.from(file.slice(0, file.indexOf('time,b,a')))).blocks
    expect(block).toMatchObject({ rows: 2, passedOver: 2, rejected: [] })
    const plan = findCsvPlan({ name: 'x', bytes: Buffer.from(file), isWhole: true, zone: 'UTC' }, {})
    const known = new Map(
      [0, 1, 2].map((at) => [`#${at}`, { key: `#${at}`, tag: at, type: 'number' as const, factor: 1, shift: 0 }]),
    )
    const stopped = new TableReader(
      plan,
      { bytes: Buffer.from(file), offset: 0, line: 1, isEnd: true },
      known,
      new Map(),
    ).next()
    expect(stopped).toMatchObject({ rows: 2, stop: { line: 5 }, end: file.indexOf('time,b,a') })
  })

  it('tell words for no value from words that are wrong', () => {
    const rows = Array.from({ length: 30 }, (_, row) => `${1_767_225_600 + row},${row}`)
    const { rows: read } = readFile(
      Buffer.from(['t,a', ...rows, '1767225700,NaN', '1767225701,', '1767225702,#N/A', ''].join('\n')),
      {
        timeColumn: 't',
      },
    )
    expect(read.slice(30).map((row) => (row as unknown[])[2])).toEqual([Number.NaN, Number.NaN])
  })

  it('are read or refused whatever their bytes are', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
      fc
        .string({ unit: fc.constantFrom(...'time,;"\n\t 2026-01-01T:.5aé'), maxLength: 300 })
        .map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(anything, (bytes) => {
        try {
          const { blocks } = readFile(bytes)
          expect(blocks.at(-1)?.end ?? bytes.length).toBe(bytes.length)
        } catch (error) {
          expect(error).toMatchObject({ code: 'IW_CONNECT_IMPORT_PLAN' })
        }
      }),
      { numRuns: 400 },
    )
  })
})

describe('the plan of a table', () => {
  const planOf = (text: string, options: ImportOptions = {}, name = 'press 3.csv') =>
    findCsvPlan({ name, bytes: Buffer.from(text), isWhole: true, zone: 'UTC' }, options)

  it('names properties after headers, with their units', () => {
    const header = 'time,temp [°C],flow (m3/h),Druck / bar,speed in rpm,状态 ℃,plain'
    const { wide } = planOf(`${header}\n2026-01-01T00:00Z,1,2,3,4,5,6\n`)
    expect(wide!.map(({ property, unit }) => [property, unit])).toEqual([
      ['temp', 'Cel'],
      ['flow', 'm3/h'],
      ['Druck', 'bar'],
      ['speed', '{rpm}/min'],
      ['状态', undefined],
      ['plain', undefined],
    ])
  })

  it('takes things from headers, from the name of the file, or as told', () => {
    const text = 'time,press-3/temp,level\n2026-01-01T00:00Z,1,2\n'
    expect(planOf(text).wide!.map(({ thing }) => thing)).toEqual(['press-3', 'press-3'])
    expect(planOf(text, {}, 'tank.csv').wide!.map(({ thing }) => thing)).toEqual(['press-3', 'tank'])
    expect(planOf(text, { thing: 'm1' }).wide!.map(({ thing, property }) => [thing, property])).toEqual(
      [
        ['m1', 'press-3_temp'],
        ['m1', 'level'],
      ].map(([thing, property]) => [thing, property === 'press-3_temp' ? 'press-3/temp' : property]),
    )
  })

  it('knows our own export', () => {
    const plan = planOf('time,thing,property,value,unit,quality\r\n2026-01-01T00:00:00.000000Z,a,b,1.5,Cel,good\r\n')
    expect(plan).toMatchObject({
      time: { columns: [0], format: 'ymd' },
      qualityColumn: 5,
      long: { thingColumn: 1, propertyColumn: 2, valueColumn: 3, unitColumn: 4 },
    })
  })

  it('passes over what stands above the header', () => {
    const plan = planOf('Logger 7;\nSerial;1234\n\nDatum;Wert;Text\n01.02.2026;1,5;a\n13.02.2026;2,5;b\n')
    expect(plan).toMatchObject({ skipLines: 4, header: ['Datum', 'Wert', 'Text'], numbers: { decimal: ',' } })
  })

  it('believes the first line that Excel writes', () => {
    const plan = planOf('sep=,\r\ntime,a\r\n2026-01-01,1\r\n')
    expect(plan).toMatchObject({ skipLines: 2, header: ['time', 'a'], dialect: { delimiter: ',' } })
    expect(planOf('sep=|\ntime|a\n2026-01-01|"1,2,3"\n').dialect.delimiter).toBe('|')
  })

  it('takes no header for something it is not', () => {
    const { wide } = planOf('time,constructor,__proto__\n2026-01-01,1,2\n', { columns: {} })
    expect(wide!.map(({ property, type }) => [property, type])).toEqual([
      ['constructor', 'number'],
      ['__proto', 'number'],
    ])
  })

  it('makes up names where there is no header', () => {
    const plan = planOf('2026-01-01T00:00Z,1,2\n2026-01-01T00:01Z,3,4\n')
    expect(plan).toMatchObject({ hasHeader: false, skipLines: 0, header: ['column 1', 'column 2', 'column 3'] })
  })

  it('does as it is told', () => {
    const plan = planOf('a,b,c,d\n1767225600,1,2,x\n', {
      timeColumn: 'a',
      columns: { b: { type: 'integer', thing: 't', property: 'p', unit: 'kW' }, '#3': { skip: true } },
    })
    expect(plan.wide).toEqual([
      { index: 1, header: 'b', thing: 't', property: 'p', type: 'integer', unit: 'kW' },
      { index: 3, header: 'd', thing: 'press-3', property: 'd', type: 'string' },
    ])
  })

  it.each([
    ['', {}, 'no rows'],
    ['time,a\n', {}, 'no row below'],
    ['a,b\n1,2\n', {}, 'no column holds times'],
    ['time,a\n2026-01-01,1\n', { timeColumn: 'when' }, 'there is no column "when"'],
    ['time,a [bar],a (bar)\n2026-01-01,1,2\n', {}, 'are both press-3/a'],
    ['time,a\n2026-01-01,1\n', { layout: 'long' }, 'propertyColumn and valueColumn'],
    ['01/02/2026 10:00,1\n01/02/2026 10:01,2\n', {}, '--time-format'],
  ] satisfies [string, ImportOptions, string][])('of %j with %j is refused: %s', (text, options, why) => {
    expect(() => planOf(text, options)).toThrow(
      expect.objectContaining({ code: 'IW_CONNECT_IMPORT_PLAN', message: expect.stringContaining(why) }),
    )
  })
})
