import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dialect } from '../../../../src/connect/imports/csv/dialect.ts'
import { longestRow, Rows } from '../../../../src/connect/imports/csv/rows.ts'

const comma: Dialect = { delimiter: ',', quote: '"', rowEnd: 'lf' }

interface Read {
  readonly texts: string[]
  readonly line: number
  readonly problem: string | undefined
}

function readAll(text: string | Buffer, dialect: Dialect = comma): Read[] {
  const rows = new Rows(Buffer.from(text), dialect, { position: 0, line: 1, isEnd: true })
  const read: Read[] = []
  while (rows.next()) read.push({ texts: rows.texts(), line: rows.line, problem: rows.problem })
  return read
}

const texts = (text: string, dialect?: Dialect) => readAll(text, dialect).map((row) => row.texts)

describe('rows', () => {
  it('are split at delimiters and line ends of any kind', () => {
    expect(texts('a,b\r\n1,2\n3,\n')).toEqual([
      ['a', 'b'],
      ['1', '2'],
      ['3', ''],
    ])
    expect(texts('a\tb\r1\t2', { delimiter: '\t', quote: '"', rowEnd: 'cr' })).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ])
  })

  it('keep delimiters, quotes and line ends inside quotes, and count the lines', () => {
    const read = readAll('"a,b","say ""hi""","two\nlines"\nnext,"", "spaced" \n')
    expect(read).toEqual([
      { texts: ['a,b', 'say "hi"', 'two\nlines'], line: 1, problem: undefined },
      { texts: ['next', '', 'spaced'], line: 3, problem: undefined },
    ])
  })

  it('lose blanks around cells without quotes, never inside quotes', () => {
    expect(texts(' 1 ,"  2 ",3\t\n')).toEqual([['1', '  2 ', '3']])
  })

  it('leave a quote inside a cell alone where quotes mean nothing or do not begin it', () => {
    expect(texts(`5",'x'\n`)).toEqual([['5"', "'x'"]])
    expect(texts('"a","b"\n', { ...comma, quote: '' })).toEqual([['"a"', '"b"']])
  })

  it('with an open quote cost their first line only', () => {
    const read = readAll(`a,"open\n1,2\n3,4\n`)
    expect(read.map(({ problem, line }) => [problem, line])).toEqual([
      ['quote', 1],
      [undefined, 2],
      [undefined, 3],
    ])
  })

  it('longer than a MiB are a problem, not a wait for ever', () => {
    const rows = new Rows(Buffer.alloc(longestRow + 10, 'x'), comma, { position: 0, line: 1, isEnd: false })
    expect(rows.next()).toBe(true)
    expect(rows.problem).toBe('long')
  })

  const cell = fc.string({
    unit: fc.constantFrom('a', '1', ' ', '"', ',', ';', '\n', '\r\n', '温', '.', '-'),
    maxLength: 8,
  })
  const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 8 })
  const written = (rows: string[][]) =>
    rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(',')).join('\r\n')

  it('read back what was written, as csv-parse reads it too', () => {
    fc.assert(
      fc.property(table, (rows) => {
        const text = written(rows)
        expect(texts(text)).toEqual(rows)
        expect(texts(text)).toEqual(parse(text, { relax_column_count: true }))
      }),
    )
  })

  it('never give another row because the bytes end early', () => {
    fc.assert(
      fc.property(table, fc.nat(), (given, at) => {
        const bytes = Buffer.from(`${written(given)}\r\n`)
        const cut = at % bytes.length
        const rows = new Rows(bytes.subarray(0, cut), comma, { position: 0, line: 1, isEnd: false })
        const read: string[][] = []
        while (rows.next()) read.push(rows.texts())
        expect(read).toEqual(given.slice(0, read.length))
      }),
    )
  })

  it('come to an end whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, isEnd) => {
        const rows = new Rows(Buffer.from(bytes), comma, { position: 0, line: 1, isEnd })
        let last = 0
        while (rows.next()) {
          expect(rows.position).toBeGreaterThan(last)
          last = rows.position
        }
        if (isEnd) expect(rows.position).toBe(bytes.length)
      }),
    )
  })
})
