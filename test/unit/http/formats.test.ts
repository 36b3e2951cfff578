import { tableFromIPC } from 'apache-arrow'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ArrowForm, arrowOf } from '../../../src/http/formats/arrow.ts'
import type { Column, ColumnBatch } from '../../../src/http/formats/columns.ts'
import { csvOf } from '../../../src/http/formats/csv.ts'
import { sideBySideAsJson } from '../../../src/http/formats/wide-json.ts'
import { parseMoment } from '../../../src/http/moment.ts'

const words = ['good', 'out_of_range', 'say "no", 请']
const columns: readonly Column[] = [
  { name: 'time', kind: 'time' },
  { name: 'a, "quoted"', kind: 'number' },
  { name: 'integer', kind: 'integer' },
  { name: 'boolean', kind: 'boolean' },
  { name: 'text', kind: 'text' },
  { name: 'word', kind: 'word', words },
]

type Row = readonly [number, number, bigint | null, boolean | null, string | null, number]

const anyRow: fc.Arbitrary<Row> = fc.tuple(
  fc.integer({ min: 0, max: 8_999_999_999_999_999 }),
  fc.oneof(fc.double(), fc.constantFrom(Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)),
  fc.option(
    fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(2n ** 53n, -(2n ** 53n), -1n)),
    {
      nil: null,
    },
  ),
  fc.option(fc.boolean(), { nil: null }),
  fc.option(fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\r', '\n', 'é', '读', '😀') }), { nil: null }),
  fc.integer({ min: -1, max: words.length - 1 }),
)
const anyBatches = fc.array(fc.array(anyRow, { maxLength: 20 }), { maxLength: 4 })

/** Whole numbers up to 2^53 stand in the doubles, as the historian has them. */
const isLarge = (integer: bigint | null) => integer !== null && (integer > 2n ** 53n || integer < -(2n ** 53n))

function batchOf(rows: readonly Row[]): ColumnBatch {
  const truth = (value: boolean | null) => (value === null ? Number.NaN : Number(value))
  const whole = (value: bigint | null) => (value === null || isLarge(value) ? Number.NaN : Number(value))
  return {
    count: rows.length,
    columns: [
      { numbers: Float64Array.from(rows, ([time]) => time) },
      { numbers: Float64Array.from(rows, ([, number]) => number) },
      {
        numbers: Float64Array.from(rows, ([, , integer]) => whole(integer)),
        large: rows.map(([, , integer]) => (isLarge(integer) ? integer : null)),
      },
      { numbers: Float64Array.from(rows, ([, , , truthful]) => truth(truthful)) },
      { texts: rows.map(([, , , , text]) => text) },
      { numbers: rows.map(([, , , , , word]) => word) },
    ],
  }
}

async function* each<T>(all: readonly T[]): AsyncGenerator<T> {
  yield* all
}

const tableOf = (batches: readonly (readonly Row[])[]) => ({ columns, batches: each(batches.map(batchOf)) })

async function text(slices: AsyncIterable<string>): Promise<string> {
  let all = ''
  for await (const slice of slices) all += slice
  return all
}

async function bytes(slices: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const slice of slices) all.push(slice)
  return Buffer.concat(all)
}

/** What a reader of CSV makes of a number: the words of ours are those of Python, R and C. */
const numberOf = (cell: string) =>
  cell === 'inf' ? Number.POSITIVE_INFINITY : cell === '-inf' ? Number.NEGATIVE_INFINITY : Number(cell)

describe('a table as CSV', () => {
  it('gives every value back to the last bit, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(anyBatches, async (batches) => {
        const csv = await text(csvOf(tableOf(batches)))
        const [head, ...rows] = parse(csv, { record_delimiter: '\r\n', relax_column_count: false }) as string[][]
        expect(head).toEqual(columns.map(({ name }) => name))
        const all = batches.flat()
        expect(rows.length).toBe(all.length)
        for (const [index, [time, number, integer, truth, said, word]] of all.entries()) {
          const cells = rows[index]!
          expect(parseMoment(cells[0]!)).toEqual({ at: time })
          if (Number.isNaN(number)) expect(cells[1]).toBe('')
          else expect(numberOf(cells[1]!)).toBe(number)
          expect(cells[2]).toBe(integer?.toString() ?? '')
          expect(cells[3]).toBe(truth === null ? '' : String(truth))
          expect(cells[4]).toBe(said ?? '')
          expect(cells[5]).toBe(words[word] ?? '')
        }
      }),
    )
  })

  it('tells an empty text from none', async () => {
    const rows = [0, 1].map((time): Row => [time, 0, null, null, time === 0 ? '' : null, 0])
    expect(await text(csvOf(tableOf([rows])))).toContain(',0,,,"",good\r\n1970-01-01T00:00:00.000001Z,0,,,,good\r\n')
  })
})

describe('a table as Arrow', () => {
  it.each<ArrowForm>(['file', 'stream'])('gives every value back to the last bit, form %s', async (form) => {
    await fc.assert(
      fc.asyncProperty(anyBatches, async (batches) => {
        const table = tableFromIPC(await bytes(arrowOf(tableOf(batches), form)))
        const all = batches.flat()
        expect(table.numRows).toBe(all.length)
        expect(table.schema.fields.map(({ name }) => name)).toEqual(columns.map(({ name }) => name))
        const [time, number, integer, truth, said, word] = columns.map((_, index) => table.getChildAt(index)!)
        const times = [...time!.data].flatMap(({ values }) => [...(values as BigInt64Array)])
        expect(times).toEqual(all.map(([at]) => BigInt(at)))
        for (const [index, [, value, whole, isTrue, texts, code]] of all.entries()) {
          expect(number!.get(index)).toBe(Number.isNaN(value) ? null : value)
          expect(integer!.get(index)).toBe(whole)
          expect(truth!.get(index)).toBe(isTrue)
          expect(said!.get(index)).toBe(texts)
          expect(word!.get(index)).toBe(words[code] ?? null)
        }
      }),
    )
  })

  it('asks for the next batch only when the last one was taken, and ends what it reads from when nobody reads on', async () => {
    let [asked, ended] = [0, false]
    async function* endless(): AsyncGenerator<ColumnBatch> {
      try {
        for (;;) {
          asked++
          yield batchOf([[asked, asked, null, null, null, 0]])
        }
      } finally {
        ended = true
      }
    }
    const slices = arrowOf({ columns, batches: endless() }, 'stream')
    for (let taken = 1; taken <= 3; taken++) {
      await slices.next()
      expect(asked).toBe(taken)
    }
    await slices.return(undefined)
    expect(ended).toBe(true)
  })
})

describe('columns of several tags as JSON', () => {
  it('keep what a double cannot, and the sign of a zero', async () => {
    const tag = { id: 7, thing: 'm', property: 'p', type: 'integer' as const, unit: 'kW' }
    const batch = {
      count: 3,
      columns: [{ numbers: [1, 2, 3] }, { numbers: [-0, Number.NaN, Number.NaN], large: [null, 2n ** 60n, null] }],
    }
    const slices = sideBySideAsJson({ step: '1h' }, [tag], [columns[0]!, columns[2]!], [batch])
    expect(await text(slices)).toBe(
      '{"step":"1h","time":[1,2,3],"series":[{"tag":7,"thing":"m","property":"p","type":"integer","unit":"kW","value":[-0,"1152921504606846976",null]}]}',
    )
  })
})
