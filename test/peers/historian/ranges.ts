import { createHash } from 'node:crypto'
import { tableFromIPC } from 'apache-arrow'
import { qualityName, type Tag } from '#model'
import { seededRandom } from '../../fakes/random.ts'
import type { Dataset, StoredRow } from './dataset.ts'

/** A question, and what its answer comes to: rows and the SHA-256 of them all. */
export interface Range {
  readonly tag: number
  readonly thing: string
  readonly property: string
  readonly type: Tag['type']
  readonly from: number
  readonly to: number
  readonly count: number
  readonly digest: string
}

const longestUs = 3 * 3_600e6

/**
 * Random ranges, with what the API answers for each as Arrow. Throws where that is not what was stored: so whoever agrees
 * with the API agrees with what was put in.
 */
export async function askRanges(url: string, dataset: Dataset, count: number, seed: number): Promise<Range[]> {
  const random = seededRandom(seed)
  const ranges: Range[] = []
  for (let index = 0; index < count; index++) {
    const tag = dataset.tags[Math.floor(random() * dataset.tags.length)]!
    const from = dataset.from + Math.floor(random() * (dataset.to - dataset.from))
    const to = from + 1 + Math.floor(random() ** 3 * longestUs)
    const stored = [...dataset.rows.get(tag.id)!.values()]
      .filter(({ time }) => time >= from && time < to)
      .toSorted((a, b) => a.time - b.time)
    const expected = stored.map((row) => lineOf(row))
    const answered = await ask(url, tag.id, from, to)
    const at = Array.from({ length: Math.max(expected.length, answered.length) }).findIndex(
      (_, row) => expected[row] !== answered[row],
    )
    if (at >= 0)
      throw new Error(
        `range ${index}, ${from} to ${to} of ${tag.thing}/${tag.property}, row ${at}: the API gives ${answered[at]}, stored was ${expected[at]}`,
      )
    const digest = digestOf(answered)
    const { id, thing, property, type } = tag
    ranges.push({ tag: id, thing, property, type, from, to, count: answered.length, digest })
  }
  return ranges
}

async function ask(url: string, tag: number, from: number, to: number): Promise<string[]> {
  const response = await fetch(`${url}/api/v1/readings?tags=${tag}&from=${from}&to=${to}&format=arrow-stream`)
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
  const table = tableFromIPC(new Uint8Array(await response.arrayBuffer()))
  const column = (name: string) => table.getChild(name)!
  const times = column('time').data.flatMap(({ values, length }) => [...(values as BigInt64Array).subarray(0, length)])
  const [value, quality, integer, text] = ['value', 'quality', 'integer', 'text'].map(column)
  return times.map((time, row) =>
    line(String(time), value!.get(row), quality!.get(row), integer!.get(row), text!.get(row)),
  )
}

function lineOf({ time, value, quality }: StoredRow): string {
  const number = typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : null
  return line(
    String(time),
    Number.isNaN(number) ? null : number,
    qualityName(quality),
    typeof value === 'bigint' && !fits(value) ? value : null,
    typeof value === 'string' ? value : null,
    typeof value === 'bigint' && fits(value) ? Number(value) : undefined,
  )
}

const fits = (value: bigint) => value >= -(2n ** 53n) && value <= 2n ** 53n

/** The same line is written in Python, by check.py: a value is its eight bytes. */
function line(
  time: string,
  value: number | null,
  quality: string,
  integer: bigint | null,
  text: string | null,
  instead?: number,
): string {
  const number = instead ?? value
  const bytes = Buffer.alloc(8)
  if (number !== null) bytes.writeDoubleBE(number)
  return `${time}|${number === null ? '' : bytes.toString('hex')}|${quality}|${integer ?? ''}|${text === null ? '' : `'${text}`}\n`
}

const digestOf = (lines: readonly string[]) => createHash('sha256').update(lines.join('')).digest('hex')
