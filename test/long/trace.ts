import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { numbersOf, segmentName } from '../../src/historian/files/folders.ts'
import { realFiles } from '../../src/historian/files/real-files.ts'
import { BlockKind, blockHeaderBytes } from '../../src/historian/journal/block.ts'
import { decodeReadings } from '../../src/historian/journal/readings-block.ts'
import { scanSegment, segmentHeaderBytes } from '../../src/historian/journal/segment.ts'
import { sources } from './crash-load.ts'

/*
 * `node -C source test/long/trace.ts`: runs a writer under strace and checks from the trace that each acknowledgement came
 * after an fdatasync that returned 0 and began after the write that carried the batch had ended; and after the folder of
 * the journal was synced, for the first in a new file. `--control early` acknowledges before writing: must be found out.
 */
const { values: options } = parseArgs({
  options: { batches: { type: 'string', default: '200' }, control: { type: 'string', default: 'none' } },
})
if (spawnSync('strace', ['-V']).status !== 0) {
  console.log('trace: SKIPPED, strace is not installed')
  console.log(JSON.stringify({ name: 'trace', skipped: 'strace is not installed', ok: true }))
  process.exit(0)
}

/** A system call, with the lines of the trace in which it began and ended. */
interface Call {
  readonly name: string
  readonly args: string
  readonly result: number
  readonly began: number
  readonly ended: number
}

interface Place {
  readonly file: string
  readonly from: number
  readonly to: number
}

const folder = mkdtempSync(join(tmpdir(), 'iw-trace-'))
try {
  const trace = join(folder, 'trace')
  const readings = join(folder, 'readings')
  const calls = 'trace=write,writev,pwrite64,pwritev,pwritev2,fdatasync,fsync'
  const writer = join(import.meta.dirname, 'trace-writer.ts')
  execFileSync(
    'strace',
    ['-f', '-y', '-s', '64', '-e', calls, '-o', trace]
      .concat([process.execPath, '-C', 'source', writer, readings])
      .concat([options.control, options.batches]),
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const found = callsIn(readFileSync(trace, 'utf8').split('\n'))
  const places = placesOf(join(readings, 'journal'))
  const early: string[] = []
  let acknowledged = 0
  for (const { began, args } of found.filter(({ name }) => name === 'write')) {
    const said = /"ACK (\d+) (\d+)\\n"/.exec(args)
    if (!said) continue
    acknowledged++
    const batch = `${sources[Number(said[1])]} ${said[2]}`
    if (!isDurable(found, places.get(batch), began)) early.push(batch)
  }
  const expected = Number(options.batches) * sources.length
  const ok = acknowledged === expected && early.length === 0
  const syncs = found.filter(({ name }) => name === 'fdatasync').length
  console.log(`trace: ${acknowledged} acknowledgements, ${syncs} fdatasync, ${early.length} acknowledged too early`)
  console.log(
    JSON.stringify({
      name: 'trace',
      control: options.control,
      acknowledged,
      expected,
      syncs,
      early: early.length,
      ok,
      date: new Date().toISOString(),
    }),
  )
  process.exitCode = ok ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Whether, before a line of the trace, the bytes were written and then synced, file and folder. */
function isDurable(calls: readonly Call[], place: Place | undefined, line: number): boolean {
  if (!place) return false
  const writes = calls.filter(
    ({ name, args, ended }) => ended < line && name.startsWith('pwrite') && fileOf(args) === place.file,
  )
  const carrying = writes.find((write) => {
    const at = Number(/(\d+)$/.exec(write.args)![1])
    return at <= place.from && place.to <= at + write.result
  })
  if (!carrying) return false
  const synced = (name: string, file: string, after: number) =>
    calls.find(
      (call) =>
        call.name === name &&
        call.result === 0 &&
        fileOf(call.args) === file &&
        call.began > after &&
        call.ended < line,
    )
  const first = writes[0]!
  return (
    synced('fdatasync', place.file, carrying.ended) !== undefined &&
    synced('fsync', 'journal', first.ended) !== undefined
  )
}

/** The last name in the path that strace -y gives a descriptor. */
function fileOf(args: string): string {
  return basename(/^\d+<([^>]*)>/.exec(args)?.[1] ?? '')
}

/** Calls of all threads; one that another interrupts stands in two lines. */
function callsIn(lines: readonly string[]): readonly Call[] {
  const calls: Call[] = []
  const open = new Map<string, { name: string; args: string; began: number }>()
  for (const [index, line] of lines.entries()) {
    const whole = /^(\d+) +(\w+)\((.*)\) += (-?\d+)/.exec(line)
    const begun = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/.exec(line)
    const resumed = /^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+)/.exec(line)
    if (whole) {
      const [, , name = '', args = '', result] = whole
      calls.push({ name, args, result: Number(result), began: index, ended: index })
    } else if (begun) {
      const [, thread = '', name = '', args = ''] = begun
      open.set(thread, { name, args, began: index })
    } else if (resumed) {
      const [, thread = '', , rest = '', result] = resumed
      const start = open.get(thread)
      open.delete(thread)
      if (start) calls.push({ ...start, args: start.args + rest, result: Number(result), ended: index })
    }
  }
  return calls
}

/** Where the block of each batch is, from the segments themselves. */
function placesOf(journal: string): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>()
  let lastBlock = 0
  for (const number of numbersOf(realFiles, journal, '.iwj')) {
    const file = realFiles.open(join(journal, segmentName(number)), 'read')
    let at = segmentHeaderBytes
    const outcome = scanSegment(file, number, lastBlock, (kind, payload) => {
      const to = at + blockHeaderBytes + payload.length
      if (kind === BlockKind.readings) {
        const { source, sequence } = decodeReadings(payload)
        places.set(`${source} ${sequence}`, { file: segmentName(number), from: at, to })
      }
      at = to
    })
    lastBlock = outcome.lastNumber
    file.close()
  }
  return places
}
