import { equal, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHistorian, readStates } from '#historian'
import { bucketEdges, silentLogger, systemClock } from '#kernel'
import { BatchBuilder, type Value } from '#model'
import type { Aggregates, Historian } from '#ports'
import { seededRandom } from '../../fakes/random.ts'
import type { Peer } from '../peer.ts'
import { need, run } from '../programs.ts'

type Question = { readonly kind: string; readonly got: unknown } & Readonly<Record<string, unknown>>

const second = 1e6
const day = 86_400 * second
/** Long over, so that everything is merged and rolled up. */
const first = Date.parse('2024-03-30T00:00:00Z') * 1e3
const days = 4

/**
 * Plain Python, its standard library only: lists, dictionaries and `zoneinfo`. Recomputes from the readings that were sent what
 * the historian answered from head, sorted parts, merged parts and rollups.
 */
export const peer: Peer = {
  name: 'python-oracle',
  area: 'historian',
  async run(cases) {
    const interpreter = await need('python3', 'python3')
    cases.version = (await run(interpreter, ['--version'])).stdout.trim()
    const folder = mkdtempSync(join(tmpdir(), 'interwork-oracle-'))
    const ask = async (name: string, sent: Sent, questions: readonly Question[]) => {
      const file = join(folder, 'story.json')
      writeFileSync(file, JSON.stringify({ sent: Object.fromEntries(sent), questions }))
      const { stdout, stderr } = await run(interpreter, [join(import.meta.dirname, 'oracle.py'), file])
      const lines = stdout.trim().split('\n')
      equal(lines.length, questions.length, stderr.slice(-500))
      const wrong = lines.findIndex((line) => line !== 'ok')
      if (wrong >= 0) {
        const { got: _got, ...question } = questions[wrong]!
        throw new Error(`${name}: ${JSON.stringify(question).slice(0, 400)}: ${lines[wrong]}`)
      }
      return `${lines.length} answers`
    }
    try {
      await cases.check('edges of buckets in eight zones, from quarters of an hour to years', () =>
        ask('edges', new Map(), edgeQuestions()),
      )
      for (const settled of [false, true])
        await cases.check(
          `rows, aggregates, means over time and states, ${settled ? 'merged and rolled up' : 'as they came'}`,
          () =>
            withStory(join(folder, String(settled)), settled, async (historian, sent) => {
              const { questions, rollups } = await askHistorian(historian)
              if (settled) ok(rollups > 0, 'no rollup was used')
              return `${await ask('story', sent, questions)}, ${rollups} rows of rollups read`
            }),
        )
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

function edgeQuestions(): readonly Question[] {
  const random = seededRandom(11)
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Pacific/Apia']
  const steps: readonly [step: string, width: number][] = [
    ['15m', 900 * second],
    ['1h', 3600 * second],
    ['1d', day],
    ['1w', 7 * day],
    ['1mo', 30 * day],
    ['3mo', 91 * day],
    ['1y', 365 * day],
  ]
  const nights = ['2011-12-29', '2017-10-14', '2018-02-17', '2023-04-01', '2023-10-28', '2024-03-09', '2024-03-30']
  const questions: Question[] = []
  // Python goes through the whole range by quarters of an hour: not many of the long ones.
  for (const zone of [...zones, 'Asia/Kathmandu', 'America/St_Johns'])
    for (const [step, width] of steps)
      for (const night of width > 7 * day ? nights.slice(0, 2) : nights) {
        const from = Date.parse(`${night}T12:00:00Z`) * 1e3 - Math.floor(random() * 2 * width)
        const to = from + Math.ceil(random() * (width > 7 * day ? 2 : 12) * width) + 36 * 3600 * second
        questions.push({ kind: 'edges', from, to, step, zone, got: [...bucketEdges(from, to, step, zone)] })
      }
  return questions
}

/** By tag what was sent, in the order of arrival. */
type Sent = Map<number, [time: number, value: Value, quality: number][]>

/** A tag of a reading a second or two, a slow one, one of texts; with gaps, rows without a value, late rows and doubles. */
async function withStory<T>(
  folder: string,
  settled: boolean,
  use: (historian: Historian, sent: Sent) => Promise<T>,
): Promise<T> {
  const random = seededRandom(7)
  const historian = createHistorian({
    folder,
    clock: systemClock,
    log: silentLogger,
    reserveBytes: 0,
    segmentBytes: 1 << 20,
  })
  await historian.start()
  try {
    const tags = await historian.defineTags([
      { thing: 'kiln', property: 'temperature', type: 'number' },
      { thing: 'tank', property: 'level', type: 'number' },
      { thing: 'press', property: 'state', type: 'string' },
    ])
    const sent: Sent = new Map(tags.map(({ id }) => [id, []]))
    const send = async (rows: readonly (readonly [tag: number, time: number, value: Value, quality: number])[]) => {
      const batch = new BatchBuilder()
      for (const [tag, time, value, quality] of rows) {
        batch.add(tag, time, value, quality)
        sent.get(tag)!.push([time, value, quality])
      }
      await historian.append(batch.build({ source: 'oracle', sequence: 0, arrivedAt: first + days * day }))
    }
    const quality = () => (random() < 0.02 ? Math.floor(random() * 7) : 0)
    const at = (from: number, length: number) => from + Math.floor((random() * length) / 1000) * 1000
    for (let hour = 0; hour < days * 24; hour++) {
      const from = first + (hour * day) / 24
      const rows: (readonly [number, number, Value, number])[] = []
      // Two hours a day are left out.
      if (hour % 24 < 22)
        for (let s = 0; s < 3600; s += 1 + (hour % 2)) {
          const value = hour % 7 === 3 && s % 900 < 30 ? null : Math.round(random() * 1e4) / 100
          rows.push([1, from + s * second + Math.floor(random() * 1000), value, value === null ? 5 : quality()])
        }
      for (let n = 0; n < 3; n++) rows.push([2, at(from, day / 24), Math.round(random() * 100), quality()])
      rows.push([3, at(from, day / 24), ['idle', 'run', 'stop', null][Math.floor(random() * 4)]!, 0])
      await send(rows)
      if (settled && hour === days * 12) await historian.settle()
    }
    if (settled) await historian.settle()
    // Late, and in place of what was sent before.
    const again = [1, 2, 3].flatMap((tag) =>
      sent
        .get(tag)!
        .slice(0, 40)
        .map(([time]) => [tag, time] as const),
    )
    await send(again.map(([tag, time], n) => [tag, time, tag === 3 ? 'late' : n, 1] as const))
    if (settled) {
      await historian.settle()
      await send([[1, first + 2 * day + 5, 3.5, 2]])
    }
    return await use(historian, sent)
  } finally {
    await historian.stop()
  }
}

async function askHistorian(historian: Historian): Promise<{ questions: readonly Question[]; rollups: number }> {
  const random = seededRandom(3)
  const questions: Question[] = []
  let rollups = 0
  const steps = ['1m', '10m', '37m', '1h', '6h', '1d', '7s']
  for (let n = 0; n < 120; n++) {
    const tag = n % 2 === 0 ? 1 : 2
    const step = steps[n % steps.length]!
    const from = first + Math.floor(random() * days * day)
    const length = step === '7s' ? 0.02 * day : step === '1m' ? 0.2 * day : days * day * random()
    const zone = n % 3 === 0 ? 'Europe/Berlin' : 'UTC'
    const edges = bucketEdges(from, from + Math.ceil(length) + 1, step, zone)
    const timeWeighted = ([undefined, 'previous', 'linear'] as const)[n % 3]
    const got = await historian.aggregate({ tag, edges, ...(timeWeighted && { timeWeighted }) })
    rollups += got.read.rollup
    questions.push({
      kind: 'aggregate',
      tag,
      edges: [...edges],
      ...(timeWeighted && { timeWeighted }),
      got: rowsOf(got),
    })
  }
  for (let n = 0; n < 30; n++) {
    const from = first + Math.floor(random() * days * day)
    const to = from + Math.ceil(random() * 0.5 * day)
    const { totals, unknownUs } = await readStates(historian, { tag: 3, from, to, limit: 0 })
    const got = { totals: Object.fromEntries(totals.map(({ value, us }) => [String(value), us])), unknownUs }
    questions.push({ kind: 'states', tag: 3, from, to, got })
    questions.push({ kind: 'read', tag: 1, from, to, got: await scanned(historian, 1, from, to) })
  }
  return { questions, rollups }
}

const orNull = (number: number): number | null => (Number.isNaN(number) ? null : number)

function rowsOf({ tag: _tag, read: _read, ...columns }: Aggregates) {
  return Array.from(columns.bucket, (_, row) =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, orNull(column[row]!)])),
  )
}

async function scanned(historian: Historian, tag: number, from: number, to: number) {
  const rows: (readonly [number, number | null, number])[] = []
  for await (const { time, value, quality, count } of historian.scan({ tag, from, to }))
    for (let row = 0; row < count; row++) rows.push([time[row]!, orNull(value[row]!), quality[row]!])
  return rows
}
