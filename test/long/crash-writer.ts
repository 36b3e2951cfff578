import { createHistorian } from '#historian'
import { delay, silentLogger, systemClock } from '#kernel'
import { batchOf, neverMerged, sources, tagsOf } from './crash-load.ts'
import { sayLine } from './say-line.ts'

/*
 * Appends until it is killed, and says on standard output what was acknowledged: `source sequence`, one a line.
 * `crash-writer.ts FOLDER CONTROL FIRST…`: the control `early` says so 20 ms before anything is written.
 */
const [folder = '', control = '', ...firsts] = process.argv.slice(2)
const underWay = 3
const historian = createHistorian({
  folder,
  clock: systemClock,
  log: silentLogger,
  segmentBytes: 96 * 1024,
  reserveBytes: 0,
  mergeThresholds: neverMerged,
})
await historian.start()
const tags = await tagsOf(historian)
const say = (source: number, sequence: number) => sayLine(`${source} ${sequence}`)

async function feed(source: number): Promise<void> {
  let next = Number(firsts[source])
  const lane = async () => {
    for (;;) {
      const sequence = next++
      if (control === 'early') {
        say(source, sequence)
        await delay(systemClock, 20)
      }
      await historian.append(batchOf(source, sequence, tags[source]!))
      if (control !== 'early') say(source, sequence)
    }
  }
  await Promise.all(Array.from({ length: underWay }, lane))
}

await Promise.all(sources.map((_, source) => feed(source)))
