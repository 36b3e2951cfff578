import type { Microseconds } from '#kernel'
import { isoTime } from '../formats/iso-time.ts'

/** A file of an export and its rows. */
export interface CountedFile {
  readonly name: string
  readonly rows: number
}

/** What the README says of this export. */
export interface ReadmeFacts {
  readonly title: { readonly en: string }
  readonly version: string
  readonly instance: string
  readonly zone: string
  readonly createdAt: Microseconds
  readonly rows: number
  readonly days: number
  readonly counted: readonly CountedFile[]
}

/** A README for somebody who has this folder and nothing else. */
export function readme(facts: ReadmeFacts): string {
  const { title, version, instance, zone, createdAt, rows, days, counted } = facts
  return `# Readings of ${title.en}

Everything that Interwork ${version} had stored on ${isoTime(createdAt)} (instance ${instance}), in open formats. Nothing else
is needed to read it. There are ${rows} readings of ${days} days.

## Files

| file | what | rows |
| --- | --- | --- |
${counted.map(({ name, rows: count }) => `| ${name} | ${whatIs(name)} | ${count} |`).join('\n')}

Whether all of it is whole: \`sha256sum -c CHECKSUMS\` (Linux), \`shasum -a 256 -c CHECKSUMS\` (macOS).

## Readings

\`readings/<day>.parquet\`: a row for each reading, a file for each UTC day, sorted by thing, property and time. Every
(thing, property, time) is there once; where one came several times, the last one to arrive is here.

| column | type | what |
| --- | --- | --- |
| time | timestamp, µs, UTC | when it was measured. The plant's own time zone is ${zone} |
| thing | text | id of the machine; things.json says more |
| property | text | what was measured |
| value | double | the value; 0 and 1 for no and yes. Empty where there is none: texts, large integers, no answer |
| quality | text | good, substituted, stale, frozen, out_of_range, null (the machine says that it has no value), comm_error |
| text | text | the value of properties that are texts |
| integer | 64-bit integer | the value of whole numbers beyond 2^53, which a double would round; else empty |
| unit | text | unit of the value, as a UCUM code: Cel is °C, m3/h is m³/h |

\`rollups/1m.parquet\` and \`rollups/1h.parquet\`: minutes and hours of numeric properties that had at least 20 readings in
each on average: thing, property, time (where it begins), min, max, mean, sum, count, first, last, and worst, the worst
quality in it. They can be computed again from the readings; where readings are gone after their time, they remain.

## pandas

\`\`\`python
import pandas as pd

day = pd.read_parquet("${exampleOf(counted)}")
one = day[(day.thing == "THING") & (day.property == "PROPERTY")].set_index("time").value
print(one.resample("1min").mean())
\`\`\`

\`pd.read_parquet("readings")\` reads all days at once, where they fit in memory.

## DuckDB

\`\`\`sql
SELECT thing, property, count(*), min(value), max(value)
FROM 'readings/*.parquet'
WHERE time >= '2026-01-01' GROUP BY ALL ORDER BY ALL;
\`\`\`

## Excel

Data → Get Data → From File → From Parquet (or From Folder for many days); tags.csv, events.csv and commands.csv open by
Data → From Text/CSV, with UTF-8 as their encoding. A sheet holds 1,048,576 rows: filter before loading.

## The other files

- tags.csv: what each property is: its type, its unit, and the number Interwork knows it by.
- things.json: the machines as they were defined, without secrets; Interwork takes each back by POST /api/v1/things.
- events.csv: what happened (connections lost and found, machines added, starts); detail is JSON.
- commands.csv: what was written to machines, by whom, and what became of it.
`
}

const exampleOf = (counted: readonly CountedFile[]): string =>
  counted.findLast(({ name }) => name.startsWith('readings/'))?.name ?? 'readings/2026-01-31.parquet'

function whatIs(name: string): string {
  if (name.startsWith('readings/')) return 'readings of that UTC day'
  if (name.startsWith('rollups/')) return name.includes('1m') ? 'minutes' : 'hours'
  const others: Readonly<Record<string, string>> = {
    'tags.csv': 'properties',
    'things.json': 'machines',
    'events.csv': 'events',
    'commands.csv': 'writes to machines',
  }
  return others[name] ?? ''
}
