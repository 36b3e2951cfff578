import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chartOf, timeOf } from '../../../console/lib/sql/chart.ts'
import { exampleNames, exampleSql, sqlTables } from '../../../console/lib/sql/examples.ts'
import { SqlHistory } from '../../../console/lib/sql/history.ts'
import { placeOf, wordAt } from '../../../console/lib/sql/place.ts'

const columns = (...types: readonly string[]) => types.map((type, index) => ({ name: `c${index}`, type }))
const answer = (types: readonly string[], rows: unknown[][]) => ({
  columns: columns(...types),
  rows,
  truncated: false,
  ms: 1,
})

describe('an answer as a chart', () => {
  it('is a line a column of numbers over its times, in their order', () => {
    const chart = chartOf(
      answer(
        ['TIMESTAMP WITH TIME ZONE', 'DOUBLE', 'BIGINT'],
        [
          [20, 2, '7'],
          [10, 1, null],
          [30, null, '9007199254740993'],
        ],
      ),
    )!
    expect([chart.from, chart.to, chart.more]).toEqual([10, 30, 0])
    expect(chart.lines.map(({ name }) => name)).toEqual(['c1', 'c2'])
    expect(chart.lines[0]!.series).toMatchObject({ time: [10, 20, 30], mean: [1, 2, null] })
    expect(chart.lines[1]!.series.mean).toEqual([null, 7, 9007199254740992])
  })

  it('is a line a group where texts stand beside the numbers, six at most', () => {
    const rows = Array.from({ length: 20 }, (_, index) => [index, `m${index % 8}`, index])
    const chart = chartOf(answer(['TIMESTAMP', 'VARCHAR', 'DOUBLE'], rows))!
    expect(chart.lines.map(({ name }) => name)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5'])
    expect(chart.more).toBe(2)
  })

  it('is nothing without times, without numbers, or with a single moment', () => {
    for (const [types, rows] of [
      [
        ['VARCHAR', 'DOUBLE'],
        [
          ['a', 1],
          ['b', 2],
        ],
      ],
      [
        ['TIMESTAMP', 'VARCHAR'],
        [
          [1, 'a'],
          [2, 'b'],
        ],
      ],
      [['TIMESTAMP', 'DOUBLE'], [[1, 1]]],
      [
        ['TIMESTAMP', 'DOUBLE'],
        [
          [1, 1],
          [1, 2],
        ],
      ],
      [
        ['TIMESTAMP', 'DOUBLE'],
        [
          [null, 1],
          [null, 2],
        ],
      ],
      [['TIMESTAMP', 'DOUBLE'], []],
    ] as const)
      expect(chartOf(answer(types, rows as never)), JSON.stringify(rows)).toBeUndefined()
  })

  it('reads times as numbers and as dates', () => {
    expect(timeOf(5)).toBe(5)
    expect(timeOf('2026-11-24')).toBe(Date.UTC(2026, 10, 24) * 1000)
    expect(timeOf('2026-11-24 10:00:00')).toBe(Date.UTC(2026, 10, 24, 10) * 1000)
    for (const cell of [null, undefined, 'nonsense', {}]) expect(timeOf(cell)).toBeUndefined()
  })
})

describe('the place of a mistake', () => {
  it('is told by line and column, from one', () => {
    expect(placeOf('SELECT *\nFORM readings', 9)).toEqual({ line: 2, column: 1 })
    expect(placeOf('SELECT', 0)).toEqual({ line: 1, column: 1 })
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z ]{0,10}$/), { minLength: 1 }), fc.nat(), (lines, seed) => {
        const text = lines.join('\n')
        const position = seed % (text.length + 1)
        const { line, column } = placeOf(text, position)
        const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
        expect(before + column - 1).toBe(position)
      }),
    )
  })

  it('marks the word there, or a character', () => {
    expect(wordAt('SELECT * FORM x', 9)).toEqual([9, 13])
    expect(wordAt('a ;', 2)).toEqual([2, 3])
    expect(wordAt('abc', 99)).toEqual([2, 3])
  })
})

describe('the examples', () => {
  const name = (property: string) => ({ thing: "press'1", property })
  const subjects = { number: name('force'), second: name('heat'), counter: name('parts'), state: name('state') }

  it('are one SELECT each, over tables there are, with names quoted', () => {
    for (const example of exampleNames) {
      const sql = exampleSql(example, subjects, 'Asia/Shanghai')
      expect(sql).toMatch(/^SELECT [^;]+$/)
      expect(sql).not.toContain("'press'1'")
      for (const [, table] of sql.matchAll(/(?:FROM|JOIN) (\w+)/g)) expect(Object.keys(sqlTables)).toContain(table)
    }
  })
})

describe('what was asked before', () => {
  it('is kept newest first, each once, twenty at most, and can be forgotten', () => {
    let stored: string | null = null
    const shelf = () => ({
      getItem: () => stored,
      setItem: (_: string, value: string) => {
        stored = value
      },
    })
    const history = new SqlHistory(shelf)
    for (let index = 0; index < 30; index++) history.add(`SELECT ${index}`)
    history.add(' SELECT 25 ')
    history.add('  ')
    history.add('x'.repeat(20_001))
    expect(new SqlHistory(shelf).asked.value.slice(0, 2)).toEqual(['SELECT 25', 'SELECT 29'])
    expect(history.asked.value).toHaveLength(20)
    history.clear()
    expect(new SqlHistory(shelf).asked.value).toEqual([])
    stored = '{"not": "a list"}'
    expect(new SqlHistory(shelf).asked.value).toEqual([])
  })
})
