import { readdirSync, unlinkSync, watch } from 'node:fs'
import { join } from 'node:path'
import { createHistorian } from '#historian'
import { delay, silentLogger, systemClock } from '#kernel'
import { sayLine } from './say-line.ts'
import { batchOf, sources, tagsOf } from './store-load.ts'
import { storeOptions } from './store-options.ts'

/*
 * Appends, merges, applies retention and makes backups until it is killed; says on standard output what was acknowledged
 * (`a source sequence`), and what was done (`settled`, `backup NAME SEQUENCE…`: acknowledged when it began).
 * `store-writer.ts FOLDER CONTROL FIRST…`: the control `remove` deletes a sorted part as soon as a merge writes.
 */
const [folder = '', control = '', ...firsts] = process.argv.slice(2)
const readings = join(folder, 'readings')
const historian = createHistorian({ folder: readings, clock: systemClock, log: silentLogger, ...storeOptions })
await historian.start()
const tags = await tagsOf(historian)
const acknowledged = firsts.map((first) => Number(first) - 1)

if (control === 'remove')
  watch(join(readings, 'parts'), (_, name) => {
    if (!name?.includes('.parquet')) return
    const [victim] = readdirSync(join(readings, 'parts')).filter((file) => file.endsWith('.iw0'))
    if (victim) unlinkSync(join(readings, 'parts', victim))
  })

async function feed(source: number): Promise<void> {
  for (let sequence = Number(firsts[source]); ; sequence++) {
    await historian.append(batchOf(source, sequence, tags[source]!))
    acknowledged[source] = sequence
    sayLine(`a ${source} ${sequence}`)
    if (sequence % 8 === 0) await delay(systemClock, 2)
  }
}

async function settleAgain(): Promise<void> {
  for (;;) {
    await delay(systemClock, 150)
    await historian.settle()
    sayLine('settled')
  }
}

async function backUpAgain(): Promise<void> {
  for (let n = 0; ; n++) {
    await delay(systemClock, 400)
    const name = `${process.pid}-${n}`
    const before = acknowledged.join(' ')
    await historian.backup(join(folder, 'backups', name, 'readings'))
    sayLine(`backup ${name} ${before}`)
  }
}

await Promise.all([...sources.keys()].map(feed).concat(settleAgain(), backUpAgain()))
