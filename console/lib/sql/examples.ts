/** The tables a question may be about, with what stands in them. */
export const sqlTables = {
  readings: ['thing', 'property', 'tag', 'time', 'value', 'quality', 'text', 'integer', 'arrived', 'unit'],
  rollups: [
    'thing',
    'property',
    'tag',
    'level',
    'time',
    'min',
    'max',
    'mean',
    'sum',
    'count',
    'first',
    'last',
    'worst',
  ],
  tags: ['tag', 'thing', 'property', 'type', 'unit'],
  things: ['id', 'title', 'area', 'profile', 'protocol', 'state'],
} as const

export type SqlTableName = keyof typeof sqlTables

/** Ten questions, by name: the words for them stand in the dictionaries. */
export const exampleNames = [
  'newest',
  'means',
  'days',
  'missing',
  'silence',
  'counter',
  'aligned',
  'states',
  'outliers',
  'years',
] as const
export type ExampleName = (typeof exampleNames)[number]

/** Properties that examples are about: of this plant, so that they answer something. */
export interface ExampleSubjects {
  readonly number: { readonly thing: string; readonly property: string }
  readonly second: { readonly thing: string; readonly property: string }
  readonly counter: { readonly thing: string; readonly property: string }
  readonly state: { readonly thing: string; readonly property: string }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
const lastDay = "time > now() - INTERVAL '1 day'"
const lastHour = "time > now() - INTERVAL '1 hour'"

/** An example as it is asked, about properties of this plant and days of its zone. */
export function exampleSql(name: ExampleName, subjects: ExampleSubjects, zone: string): string {
  const is = ({ thing, property }: { thing: string; property: string }) =>
    `thing = ${quoted(thing)} AND property = ${quoted(property)}`
  const { number, second, counter, state } = subjects
  const texts: Readonly<Record<ExampleName, string>> = {
    newest: `SELECT thing, property, arg_max(value, time) AS value, any_value(unit) AS unit, max(time) AS at_time
FROM readings
WHERE ${lastHour}
GROUP BY ALL
ORDER BY ALL`,
    means: `SELECT time_bucket(INTERVAL '5 minutes', time) AS slot,
  avg(value) AS mean, min(value) AS low, max(value) AS high
FROM readings
WHERE ${is(number)} AND ${lastDay}
GROUP BY slot
ORDER BY slot`,
    days: `SELECT date_trunc('day', time AT TIME ZONE ${quoted(zone)}) AS day, count(*) AS readings
FROM readings
WHERE time > now() - INTERVAL '7 days'
GROUP BY day
ORDER BY day`,
    missing: `SELECT thing, property, quality, count(*) AS readings
FROM readings
WHERE quality <> 'good' AND ${lastDay}
GROUP BY ALL
ORDER BY readings DESC`,
    silence: `SELECT thing, property, max(gap) AS longest FROM (
  SELECT thing, property, epoch(time - lag(time) OVER (PARTITION BY tag ORDER BY time)) AS gap
  FROM readings
  WHERE ${lastHour})
GROUP BY ALL
ORDER BY longest DESC NULLS LAST
LIMIT 20`,
    counter: `SELECT date_trunc('hour', time) AS hour, sum(greatest(step, 0)) AS counted FROM (
  SELECT time, value - lag(value) OVER (ORDER BY time) AS step
  FROM readings
  WHERE ${is(counter)} AND ${lastDay})
GROUP BY hour
ORDER BY hour`,
    aligned: `SELECT a.time, a.value AS a, b.value AS b
FROM (SELECT * FROM readings WHERE ${is(number)} AND ${lastHour}) a
ASOF LEFT JOIN (SELECT * FROM readings WHERE ${is(second)} AND ${lastDay}) b
  ON a.time >= b.time
ORDER BY a.time`,
    states: `SELECT text AS state, sum(held) / 60 AS minutes FROM (
  SELECT text, epoch(lead(time) OVER (ORDER BY time) - time) AS held
  FROM readings
  WHERE ${is(state)} AND ${lastDay})
GROUP BY state
ORDER BY minutes DESC`,
    outliers: `SELECT time, value FROM (
  SELECT time, value, avg(value) OVER () AS mean, stddev(value) OVER () AS spread
  FROM readings
  WHERE ${is(number)} AND ${lastDay})
WHERE abs(value - mean) > 4 * spread
ORDER BY time`,
    years: `SELECT date_trunc('day', time) AS day, min(min) AS low, sum(sum) / sum(count) AS mean, max(max) AS high
FROM rollups
WHERE level = '1h' AND ${is(number)} AND time > now() - INTERVAL '1 year'
GROUP BY day
ORDER BY day`,
  }
  return texts[name]
}
