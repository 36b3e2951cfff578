import type { AggregatePage, SimilarPage, SqlAnswerView, StatePage, ThingView } from '../../src/http/contract.ts'

/** What the scripted instance answers about readings besides trends: of the same shape as the real one, known to the digit. */
const property = (views: readonly ThingView[], tag: number) =>
  views.flatMap((view) => view.properties.map((one) => ({ thing: view.id, ...one }))).find((one) => one.tag === tag)

const rangeOf = (url: URL) => ({
  from: Number(url.searchParams.get('from')),
  to: Number(url.searchParams.get('to')),
})
const tagsOf = (url: URL) => (url.searchParams.get('tags') ?? '').split(',').map(Number)

/** On for twenty minutes, off for ten; the first text of the property for on. */
export function scriptedStates(views: readonly ThingView[], url: URL, nowUs: number): StatePage {
  const { from, to } = rangeOf(url)
  const end = Math.min(to, nowUs)
  return {
    from,
    to,
    series: tagsOf(url).flatMap((tag) => {
      const found = property(views, tag)
      if (!found) return []
      const values = found.type === 'boolean' ? [true, false] : [found.enum?.[1] ?? 'Loaded', found.enum?.[0] ?? 'Off']
      const intervals: StatePage['series'][number]['intervals'] = []
      for (let at = from, turn = 0; at < end && intervals.length < 5000; turn++) {
        const next = Math.min(end, at + (turn % 2 === 0 ? 1200e6 : 600e6))
        intervals.push({ start: at, end: next, value: values[turn % 2]!, quality: 'good' })
        at = next
      }
      const us = (value: unknown) =>
        intervals.filter((one) => one.value === value).reduce((sum, one) => sum + one.end - one.start, 0)
      return [
        {
          tag,
          thing: found.thing,
          property: found.name,
          intervals,
          truncated: false,
          totals: values.map((value) => ({ value, us: us(value), times: 1 })),
          unknownUs: 0,
        },
      ]
    }),
  }
}

/** One bucket: 1,200 readings between 0.9 and 1.1 of the present value, from the lowest to the highest. */
export function scriptedAggregate(views: readonly ThingView[], url: URL): AggregatePage {
  const { from, to } = rangeOf(url)
  const overTime = url.searchParams.has('interpolation')
  return {
    step: url.searchParams.get('step') ?? '',
    zone: url.searchParams.get('zone') ?? 'UTC',
    from,
    to,
    ...(overTime && { interpolation: 'previous' as const }),
    series: tagsOf(url).flatMap((tag) => {
      const found = property(views, tag)
      const value = found?.last?.value
      if (!found || typeof value !== 'number') return []
      return [
        {
          tag,
          thing: found.thing,
          property: found.name,
          time: [from],
          end: [to],
          min: [value * 0.9],
          max: [value * 1.1],
          mean: [value],
          sum: [value * 1200],
          first: [value * 0.9],
          last: [value * 1.1],
          count: [1200],
          quality: ['good' as const],
          ...(overTime && { timeWeighted: [value * 1.05], coveredUs: [to - from] }),
        },
      ]
    }),
  }
}

/** Two properties that moved with it, one four minutes later and the other way round. */
export function scriptedSimilar(views: readonly ThingView[], url: URL): SimilarPage {
  const tag = Number(url.searchParams.get('tag'))
  const others = views
    .flatMap((view) => view.properties.map((one) => ({ thing: view.id, ...one })))
    .filter((one) => one.tag !== tag && one.type === 'number')
  const shapes = [
    { correlation: 0.97, lagUs: 0 },
    { correlation: -0.91, lagUs: 240e6 },
  ]
  return {
    compared: others.length,
    similar: shapes.flatMap((shape, index) => {
      const other = others[index]
      return other ? [{ tag: other.tag, thing: other.thing, property: other.name, ...shape }] : []
    }),
  }
}

/** Three hundred rows over time for whatever is asked, but a mistake where one is made. */
export function scriptedSql({ sql }: { sql: string }): [status: number, body: unknown] {
  const position = sql.indexOf('FORM')
  if (position >= 0)
    return [
      400,
      {
        code: 'IW_SQL_INVALID',
        message: 'syntax error at or near "FORM"',
        remedy: 'The message names the place.',
        detail: { position },
      },
    ]
  const answer: SqlAnswerView = {
    columns: [
      { name: 'time', type: 'TIMESTAMP WITH TIME ZONE' },
      { name: 'low', type: 'DOUBLE' },
      { name: 'high', type: 'DOUBLE' },
    ],
    rows: Array.from({ length: 300 }, (_, index) => [
      1_795_000_000e6 + index * 60e6,
      index,
      index === 7 ? null : index + 5,
    ]),
    truncated: sql.includes('everything'),
    ms: 12.5,
  }
  return [200, answer]
}
