import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHistorian } from '#historian'
import { delay, silentLogger, systemClock } from '#kernel'
import { BatchBuilder } from '#model'

/*
 * Run on a file system of 1 MB: writes until it is full, makes space, goes on, starts again and compares. Most of the space
 * is taken by something else, so that the disk is full before a segment is.
 */
const [folder = ''] = process.argv.slice(2)
const ballast = join(folder, 'ballast')
writeFileSync(ballast, new Uint8Array(700_000))
const options = {
  folder: join(folder, 'readings'),
  clock: systemClock,
  log: silentLogger,
  reserveBytes: 0,
  probeEveryMs: 20,
}
const historian = createHistorian(options)
await historian.start()
const [tag] = await historian.defineTags([{ thing: 'a', property: 'b', type: 'number' }])
let sequence = 0
const send = () => {
  const builder = new BatchBuilder()
  for (let row = 0; row < 200; row++) builder.add(tag!.id, 1000 * sequence + row, sequence)
  return historian.append(builder.build({ source: 'edge', sequence, arrivedAt: 5e9 }))
}
let refusedWith = ''
while (refusedWith === '') {
  sequence++
  await send().catch((error: { code: string }) => (refusedWith = error.code))
}
const accepting = historian.status().accepting
rmSync(ballast)
for (let tries = 0; tries < 200 && !historian.status().accepting; tries++) await delay(systemClock, 20)
const acceptedAgain = !accepting && historian.status().accepting
for (const last = sequence + 20; sequence <= last; sequence++) await send()
await historian.stop()
const again = createHistorian(options)
await again.start()
const { count } = await again.read({ tag: tag!.id, from: 0, to: 1e12, limit: 100_000 })
console.log(
  JSON.stringify({
    refusedWith,
    acceptedAgain,
    missing: (sequence - 1) * 200 - count,
    torn: again.status().recovery.tornBytes,
  }),
)
await again.stop()
