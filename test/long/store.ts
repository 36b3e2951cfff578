import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, watch } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createHistorian } from '#historian'
import { silentLogger, systemClock } from '#kernel'
import type { Historian } from '#ports'
import { realFiles } from '../../src/historian/files/real-files.ts'
import { bucketsOf, rollupsFound, rollupsWanted } from '../unit/historian/merge-oracle.ts'
import { type Kind, type LoadRow, Oracle, type SourceTag, sources, tagsOf } from './store-load.ts'
import { storeOptions } from './store-options.ts'

/*
 * `node -C source test/long/store.ts --rounds 300`: a writer that appends from three sources, merges, applies retention and makes
 * backups is killed with SIGKILL: at a random moment, or at the n-th change of a name among its files, which is between two
 * steps of sealing, merging, changing the manifest or deleting. Then everything must be as an oracle has it, before and
 * after all is merged, rollups too; and so must the newest backup. What was not acknowledged is sent again.
 * `--control remove`: the writer deletes inputs before the manifest has changed; must be found out, and then it ends. Killed by
 * time alone, late enough for a merge.
 */
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '300' },
    seed: { type: 'string' },
    control: { type: 'string', default: 'none' },
  },
})
const rounds = Number(options.rounds)
const seed = Number(options.seed ?? Date.now() % 2 ** 31) || 1
let state = seed
const random = () => {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) / 2 ** 32
}

const rolled: ReadonlySet<Kind> = new Set(['number', 'integer', 'boolean', 'marker'])
const folder = mkdtempSync(join(tmpdir(), 'iw-store-'))
const readings = join(folder, 'readings')
const oracles = sources.map((_, source) => new Oracle(source))
const acknowledged = sources.map(() => 0)
let newestBackup: { readonly name: string; readonly acknowledged: readonly number[] } | undefined
const total = { acknowledged: 0, lost: 0, wrong: 0, rollupsWrong: 0, setAside: 0, settled: 0, backups: 0, rows: 0 }
console.log(`store: ${rounds} rounds, seed ${seed}, control ${options.control}`)
try {
  for (let round = 1; round <= rounds; round++) {
    const before = total.acknowledged
    const how = await killedRun(round)
    await check(readings, oracles, acknowledged)
    if (newestBackup && round % 3 === 0) await checkBackup(newestBackup)
    console.log(
      `round ${round} (${how}): ${total.acknowledged - before} acknowledged, ${total.rows} rows; so far ${total.settled} times settled, ${total.backups} backups, ${total.lost} lost, ${total.wrong} wrong, ${total.rollupsWrong} rollups wrong, ${total.setAside} set aside`,
    )
    if (options.control !== 'none' && wrongs() > 0) break
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
// A writer that is killed after a second or four seldom gets so far: of many rounds it must have, of a handful it need not.
const reached = total.settled > 0 || rounds < 50
const ok = total.acknowledged > 0 && wrongs() === 0 && reached
const date = new Date().toISOString()
console.log(
  JSON.stringify({ name: 'store', rounds, seed, control: options.control, ...total, ok, date, load: loadavg()[0] }),
)
process.exit(ok ? 0 : 1)

function wrongs(): number {
  return total.lost + total.wrong + total.rollupsWrong + total.setAside
}

/** Runs the writer, kills it and notes what it said. Tells how it was killed. */
async function killedRun(round: number): Promise<string> {
  mkdirSync(join(readings, 'parts'), { recursive: true })
  const writer = join(import.meta.dirname, 'store-writer.ts')
  const firsts = acknowledged.map((sequence) => String(sequence + 1))
  const child = spawn(process.execPath, ['-C', 'source', writer, folder, options.control, ...firsts], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const kill = () => child.kill('SIGKILL')
  const atChange = options.control === 'none' && round % 3 !== 0 ? 1 + Math.floor(random() ** 2 * 600) : undefined
  const afterMs = 1000 + random() * 3000
  const watcher = atChange === undefined ? undefined : killAtChange(atChange, kill)
  let deadline: NodeJS.Timeout | undefined
  let text = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    // Where so many changes do not come, time ends it.
    if (text === '') deadline = setTimeout(kill, atChange === undefined ? afterMs : 8000)
    text += chunk
  }
  clearTimeout(deadline)
  watcher?.close()
  const [code, signal] = await ended
  if (signal !== 'SIGKILL' && options.control === 'none') throw new Error(`the writer ended by itself: ${code}`)
  // A last line without its end was not said.
  for (const line of text.split('\n').slice(0, -1)) heard(line)
  return atChange === undefined ? `after ${Math.round(afterMs)} ms` : `at change ${atChange}`
}

/** Kills at the n-th change of a name among parts and manifest. */
function killAtChange(n: number, kill: () => void) {
  let changes = 0
  const changed = () => {
    if (++changes >= n) kill()
  }
  const watchers = [watch(join(readings, 'parts'), changed), watch(readings, changed)]
  return { close: () => watchers.forEach((watcher) => void watcher.close()) }
}

function heard(line: string): void {
  const [what, ...rest] = line.split(' ')
  if (what === 'settled') total.settled++
  else if (what === 'a') {
    acknowledged[Number(rest[0])] = Number(rest[1])
    total.acknowledged++
  } else if (what === 'backup') {
    total.backups++
    newestBackup = { name: rest[0]!, acknowledged: rest.slice(1).map(Number) }
  }
}

/** Starts on what the kill left and compares everything, as it is and merged. */
async function check(at: string, against: readonly Oracle[], atLeast: readonly number[]): Promise<void> {
  const historian = createHistorian({ folder: at, clock: systemClock, log: silentLogger, ...storeOptions })
  await historian.start()
  const tags = await tagsOf(historian)
  const there: number[] = []
  for (const source of sources.keys()) {
    const marker = tags[source]!.find(({ kind }) => kind === 'marker')!
    const sequence = Number((await historian.before(marker.id, Number.MAX_SAFE_INTEGER))?.value ?? 0)
    there.push(sequence)
    if (sequence < atLeast[source]!) total.lost += atLeast[source]! - sequence
    against[source]!.goTo(sequence)
    if (against[source]!.sequence > sequence) total.lost += against[source]!.sequence - sequence
  }
  total.rows = await compareRows(historian, tags, against, false)
  await historian.settle()
  await compareRows(historian, tags, against, true)
  await compareRollups(at, tags, against)
  total.setAside += historian.status().storage.quarantine.length
  await historian.stop()
  if (at === readings) for (const [source, sequence] of there.entries()) acknowledged[source] = sequence
}

async function compareRows(
  historian: Historian,
  tags: readonly (readonly SourceTag[])[],
  against: readonly Oracle[],
  settled: boolean,
): Promise<number> {
  let rows = 0
  for (const [source, own] of tags.entries()) {
    for (const { id, kind } of own) {
      // Its rows go whenever retention is applied; when all is merged they are gone.
      const wanted = kind === 'expiring' ? [] : against[source]!.ordered(kind)
      const found = kind === 'expiring' && !settled ? [] : await rowsFound(historian, id)
      total.wrong += Math.abs(found.length - wanted.length)
      for (const [i, row] of found.entries()) if (wanted[i] && !isSame(row, wanted[i])) total.wrong++
      rows += found.length
    }
  }
  return rows
}

type FoundRow = Pick<LoadRow, 'time' | 'quality'> & { readonly value: unknown }

async function rowsFound(historian: Historian, tag: number): Promise<readonly FoundRow[]> {
  const rows: FoundRow[] = []
  for await (const { count, time, value, quality, text, integer } of historian.scan({ tag, from: 0, to: 2 ** 53 }))
    for (let i = 0; i < count; i++)
      rows.push({
        ...{ time: time[i]!, quality: quality[i]! },
        value: text?.[i] ?? integer?.[i] ?? (Number.isNaN(value[i]!) ? null : value[i]),
      })
  return rows
}

function isSame(found: FoundRow, { time, value, quality }: LoadRow): boolean {
  const stored = typeof value === 'boolean' ? Number(value) : value
  return found.time === time && found.quality === quality && found.value === stored
}

async function compareRollups(at: string, tags: readonly (readonly SourceTag[])[], against: readonly Oracle[]) {
  const found = await rollupsFound(realFiles, at)
  for (const [source, own] of tags.entries()) {
    const rowsOf = new Map(
      own.filter(({ kind }) => rolled.has(kind)).map(({ id, kind }) => [id, plain(id, against[source]!.ordered(kind))]),
    )
    const wanted = rollupsWanted(rowsOf, new Set())
    for (const id of rowsOf.keys())
      for (const level of ['minute', 'hour']) {
        const key = `${id}/${level}`
        if (JSON.stringify(found.get(key) ?? []) !== JSON.stringify(wanted.get(key) ?? [])) total.rollupsWrong++
      }
    // Of rows that went the hours stay, all of them.
    const expiring = own.find(({ kind }) => kind === 'expiring')!
    const hours = new Set(found.get(`${expiring.id}/hour`)?.map(({ time }) => time))
    for (const { time } of bucketsOf(plain(expiring.id, against[source]!.ordered('expiring')), 'hour'))
      if (!hours.has(time)) total.rollupsWrong++
  }
}

function plain(tag: number, rows: readonly LoadRow[]) {
  return rows.map((row) => ({ tag, ...row }))
}

/** A backup is opened in its place and must hold all that was acknowledged when it began, and nothing that was not sent. */
async function checkBackup({ name, acknowledged: atLeast }: { name: string; acknowledged: readonly number[] }) {
  const at = join(folder, 'backups', name, 'readings')
  if (!existsSync(at)) throw new Error(`no backup ${name}`)
  await check(
    at,
    sources.map((_, source) => new Oracle(source)),
    atLeast,
  )
  newestBackup = undefined
  rmSync(join(folder, 'backups'), { recursive: true, force: true })
}
