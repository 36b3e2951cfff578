import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createHistorian } from '#historian'
import { silentLogger, systemClock } from '#kernel'
import type { Historian } from '#ports'
import { realFiles } from '../../src/historian/files/real-files.ts'
import { readManifest } from '../../src/historian/seal/manifest.ts'
import { contentOf, neverMerged, placeOf, propertyOf, rowsOf, sources, tagsOf, timeOf } from './crash-load.ts'

/*
 * `node -C source test/long/crash.ts --rounds 100`: a writer under load is killed with SIGKILL at a random moment, often while
 * it seals or starts; then everything it acknowledged must be there once, with the right content, and no batch in part. What
 * was not acknowledged is sent again by the next writer. `--control early` acknowledges before writing: must be found out.
 */
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    seed: { type: 'string' },
    control: { type: 'string', default: 'none' },
  },
})
const rounds = Number(options.rounds)
const seed = Number(options.seed ?? Date.now() % 2 ** 31)
let state = seed || 1
const random = () => {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) / 2 ** 32
}

interface Verdict {
  /** Batches that are whole on disk. */
  whole: number
  lost: number
  torn: number
  wrong: number
}

const folder = mkdtempSync(join(tmpdir(), 'iw-crash-'))
const readings = join(folder, 'readings')
/** By source: the greatest sequence below which everything is acknowledged, and those acknowledged beyond it. */
const acknowledged = sources.map(() => new Set<number>())
const checkedUpTo = sources.map(() => 0)
const total = { acknowledged: 0, lost: 0, torn: 0, wrong: 0, doubled: 0, killedBeforeFirst: 0, parts: 0 }
console.log(`crash: ${rounds} rounds, seed ${seed}, control ${options.control}`)
try {
  for (let round = 1; round <= rounds; round++) {
    const before = total.acknowledged
    await killedRun(round % 4 === 0 ? { afterStartMs: 300 + random() * 1200 } : { afterFirstMs: 5 + random() * 600 })
    if (total.acknowledged === before) total.killedBeforeFirst++
    const verdict = await check(round === rounds)
    total.lost += verdict.lost
    total.torn += verdict.torn
    total.wrong += verdict.wrong
    console.log(
      `round ${round}: ${total.acknowledged - before} acknowledged, ${verdict.lost} lost, ${verdict.torn} torn, ${verdict.wrong} wrong, ${total.doubled} doubled, ${total.parts} parts`,
    )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const ok = total.acknowledged > 0 && total.lost + total.torn + total.wrong + total.doubled === 0
const date = new Date().toISOString()
console.log(
  JSON.stringify({ name: 'crash', rounds, seed, control: options.control, ...total, ok, date, load: loadavg()[0] }),
)
process.exit(ok ? 0 : 1)

/** When the writer is killed: in one round of four wherever its start may be, else while it works. */
interface Kill {
  readonly afterStartMs?: number
  readonly afterFirstMs?: number
}

/** Runs the writer, kills it and notes what it acknowledged. */
async function killedRun({ afterStartMs, afterFirstMs }: Kill): Promise<void> {
  const firsts = acknowledged.map((set, source) => String(firstMissing(set, checkedUpTo[source]!)))
  const writer = join(import.meta.dirname, 'crash-writer.ts')
  const child = spawn(process.execPath, ['-C', 'source', writer, readings, options.control, ...firsts], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const killAfter = (ms: number) => setTimeout(() => child.kill('SIGKILL'), ms)
  if (afterStartMs !== undefined) killAfter(afterStartMs)
  const ended = once(child, 'exit')
  let text = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    if (text === '' && afterFirstMs !== undefined) killAfter(afterFirstMs)
    text += chunk
  }
  const [code, signal] = await ended
  if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself: ${code}`)
  // A last line without its end was not said.
  for (const line of text.split('\n').slice(0, -1)) {
    const [source = 0, sequence = 0] = line.split(' ').map(Number)
    if (acknowledged[source]!.has(sequence)) continue
    acknowledged[source]!.add(sequence)
    total.acknowledged++
  }
}

function firstMissing(set: ReadonlySet<number>, from: number): number {
  let next = from + 1
  while (set.has(next)) next++
  return next
}

/** Starts on what the kill left and compares: the batches since the last check, or all of them. */
async function check(all: boolean): Promise<Verdict> {
  const historian = createHistorian({
    folder: readings,
    clock: systemClock,
    log: silentLogger,
    reserveBytes: 0,
    mergeThresholds: neverMerged,
  })
  await historian.start()
  const verdict = { whole: 0, lost: 0, torn: 0, wrong: 0 }
  const tags = await tagsOf(historian)
  let expectedRows = 0
  for (const source of sources.keys()) {
    const from = all ? 1 : checkedUpTo[source]! + 1
    const found = await rowsFound(historian, source, tags[source]!, from, verdict)
    for (const [sequence, count] of found) {
      if (count === rowsOf(source, sequence)) verdict.whole++
      else verdict.torn++
    }
    for (const sequence of acknowledged[source]!) if (sequence >= from && !found.has(sequence)) verdict.lost++
    checkedUpTo[source] = firstMissing(acknowledged[source]!, checkedUpTo[source]!) - 1
  }
  if (all) expectedRows = await countDistinct(historian, tags)
  // With nothing new coming in, every segment of before the kill is sealed, and the parts can be counted.
  while (historian.status().headRows > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  await historian.stop()
  const { parts } = readManifest(realFiles, readings)
  total.parts = parts.length
  if (all) total.doubled = parts.reduce((sum, { rows }) => sum + rows, 0) - expectedRows
  return verdict
}

/** Rows on disk by sequence, from a sequence on. Counts those whose content is not theirs. */
async function rowsFound(
  historian: Historian,
  source: number,
  tags: readonly number[],
  from: number,
  verdict: Verdict,
): Promise<ReadonlyMap<number, number>> {
  const found = new Map<number, number>()
  for (const [property, tag] of tags.entries()) {
    for await (const { time, value } of allRows(historian, tag, timeOf(from, 0))) {
      const { sequence, row } = placeOf(time)
      found.set(sequence, (found.get(sequence) ?? 0) + 1)
      if (propertyOf(sequence, row) !== property || contentOf(source, sequence, row) !== value) verdict.wrong++
    }
  }
  return found
}

async function* allRows(historian: Historian, tag: number, from: number) {
  for (let more = true; more; ) {
    const series = await historian.read({ tag, from, to: Number.MAX_SAFE_INTEGER, limit: 50_000 })
    for (let i = 0; i < series.count; i++) yield { time: series.time[i]!, value: series.text?.[i] ?? series.value[i]! }
    more = series.more
    from = (series.time.at(-1) ?? 0) + 1
  }
}

async function countDistinct(historian: Historian, tags: readonly (readonly number[])[]): Promise<number> {
  let count = 0
  for (const tag of tags.flat()) for await (const _ of allRows(historian, tag, 0)) count++
  return count
}
