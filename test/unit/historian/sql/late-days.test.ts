import { afterEach, expect, it } from 'vitest'
import { batchOf, definitions, type Row } from '../samples.ts'
import { type OpenedHistorian, openedHistorian, rowsOf } from './opened.ts'

const day = 86_400e6
const first = Date.UTC(2026, 2, 1) * 1000
const days = 120
const perDay = 50

let opened: OpenedHistorian
afterEach(() => opened.stop())

/** A value every half hour or so of each day, later by `shift` µs. */
const rows = (shift: number, value: number): Row[] =>
  Array.from({ length: days * perDay }, (_, i) => ({
    tag: 1,
    time: first + (i * day) / perDay + shift,
    value,
    quality: 0,
  }))

it('needs no more memory where late readings lie in a hundred days', async () => {
  opened = await openedHistorian()
  const { historian, sql } = opened
  await historian.defineTags(definitions)
  await historian.append(batchOf(rows(0, 1)))
  await historian.settle()
  await historian.append(batchOf(rows(0, 2)))
  await historian.append(batchOf(rows(1e6, 3)))
  const asked = 'SELECT value, count(*), count(DISTINCT time) FROM readings GROUP BY value ORDER BY value'
  const each = days * perDay
  expect(await rowsOf(sql, asked)).toEqual([
    [2, each, each],
    [3, each, each],
  ])
}, 60_000)
