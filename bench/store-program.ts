import { createHistorian } from '#historian'
import { silentLogger, systemClock } from '#kernel'
import { defineIotMix, IotMix } from './iot-mix.ts'

/*
 * `store-program.ts FOLDER READINGS`: fills a historian with the mix, merges everything, and waits for its standard input to
 * end. Says on standard output what it has done: `filled`, then `settled` and what is kept, as JSON.
 */
const [folder = '', readings = '0'] = process.argv.slice(2)
const batchRows = 10_000
const historian = createHistorian({ folder, clock: systemClock, log: silentLogger })
await historian.start()
await defineIotMix(historian)
const mix = new IotMix(batchRows)
for (let batch = 0; batch < Number(readings) / batchRows; batch++) await historian.append(mix.batch())
console.log('filled')
await historian.settle()
console.log(`settled ${JSON.stringify(historian.status().storage)}`)
for await (const _ of process.stdin);
await historian.stop()
