import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { StorageStatus } from '#ports'
import type { Bench, Result } from './harness.ts'
import { launch } from './instance.ts'
import { PeakMemory } from './peak-memory.ts'
import { treeOf } from './tree.ts'

const readings = 10_000_000

/** Bytes of all files below a folder. */
function bytesBelow(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size
  return bytes
}

/** Seconds until a process has no child any more. */
async function secondsUntilAlone(pid: number): Promise<number> {
  const since = performance.now()
  while (treeOf(pid).length > 1) await new Promise((resolve) => setTimeout(resolve, 200))
  return (performance.now() - since) / 1000
}

/** The program that holds the historian, started as `npm start` starts the instance. */
const start = (folder: string): ChildProcess =>
  spawn(
    process.execPath,
    ['-C', 'source', ...launch.flags, join(import.meta.dirname, 'store-program.ts'), folder, String(readings)],
    { env: { ...process.env, ...launch.environment }, stdio: ['pipe', 'pipe', 'inherit'] },
  )

/** Waits until everything is merged. Gives what is kept, and the most memory that was taken from `filled` on. */
async function settled(program: ChildProcess): Promise<{ storage: StorageStatus; peakBytes: number }> {
  let peak: PeakMemory | undefined
  for await (const line of createInterface({ input: program.stdout! })) {
    if (line === 'filled') peak = new PeakMemory(program.pid!)
    else if (line.startsWith('settled ')) return { storage: JSON.parse(line.slice(8)), peakBytes: peak?.end() ?? 0 }
  }
  throw new Error('the program ended before it had merged')
}

export const bench: Bench = {
  name: 'store',
  load: `iot-mix, ${readings / 1e6} M readings of 10,000 tags (three days), merged by day, rolled up`,
  async run(say): Promise<readonly Result[]> {
    const folder = mkdtempSync(join(tmpdir(), 'iw-store-'))
    const root = join(folder, 'readings')
    const program = start(root)
    try {
      const { storage, peakBytes } = await settled(program)
      const { days, minutes, hours } = storage
      say(`${days.files} files of days, ${minutes.files} of minutes, ${hours.files} of hours`)
      const gone = await secondsUntilAlone(program.pid!)
      // By now the files that were merged are deleted.
      const all = bytesBelow(root)
      const bar = (value: number) => ({ bar: { op: '<=' as const, value } })
      const unit = 'B/reading'
      return [
        { name: 'all files, rollups and indexes included', value: all / readings, unit, ...bar(3.2) },
        { name: 'of it readings', value: days.bytes / readings, unit },
        { name: 'of it minutes', value: minutes.bytes / readings, unit },
        { name: 'of it hours', value: hours.bytes / readings, unit },
        { name: 'all processes while merging, resident', value: peakBytes / 2 ** 20, unit: 'MiB', ...bar(450) },
        { name: 'merging process gone after', value: gone, unit: 's', ...bar(35) },
      ]
    } finally {
      program.stdin!.end()
      if (program.exitCode === null) await once(program, 'exit')
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
