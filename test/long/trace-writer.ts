import { createHistorian } from '#historian'
import { silentLogger, systemClock } from '#kernel'
import { batchOf, sources, tagsOf } from './crash-load.ts'
import { sayLine } from './say-line.ts'

/*
 * Appends some batches and says of each when it is acknowledged, `ACK source sequence` by a write of its own to standard
 * output, so that it stands in the trace of system calls. `trace-writer.ts FOLDER CONTROL BATCHES`.
 */
const [folder = '', control = '', batches = '0'] = process.argv.slice(2)
// One segment, which is not sealed, so that the checker finds in it what was written where.
const historian = createHistorian({
  folder,
  clock: systemClock,
  log: silentLogger,
  segmentBytes: 2 ** 30,
  reserveBytes: 0,
})
await historian.start()
const tags = await tagsOf(historian)
const say = (source: number, sequence: number) => sayLine(`ACK ${source} ${sequence}`)

async function feed(source: number): Promise<void> {
  for (let sequence = 1; sequence <= Number(batches); sequence++) {
    if (control === 'early') say(source, sequence)
    await historian.append(batchOf(source, sequence, tags[source]!))
    if (control !== 'early') say(source, sequence)
  }
}

await Promise.all(sources.map((_, source) => feed(source)))
process.exit(0)
