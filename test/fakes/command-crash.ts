import { createConnect } from '#connect'
import { Bus, silentLogger, success, systemClock } from '#kernel'
import { openDatabase } from '#storage'
import { memoryDriver } from './memory-driver.ts'
import { MemoryHistorian } from './memory-historian.ts'

// A process that is killed in the middle of a write: says `sent` when the value has gone to the machine, then waits.
const database = await openDatabase({ folder: process.argv[2]!, log: silentLogger })
const driver = memoryDriver()
const connect = createConnect({
  ...{ database, historian: new MemoryHistorian(), bus: new Bus(), clock: systemClock, log: silentLogger },
  ...{ authorizer: { authorize: () => success(undefined) }, drivers: [driver], profilesFolder: 'none' },
  settingsThings: [
    {
      id: 'valve',
      connection: { protocol: 'memory' },
      properties: [{ name: 'opening', type: 'number', write: { min: 0, max: 100 } }],
    },
  ],
})
await connect.start()
const machine = driver.machine('valve')
machine.values.set('opening', 20)
machine.onWrite = 'hang'
void connect.commands.write(
  { id: 'owner', name: 'Owner', via: 'process' },
  { thing: 'valve', property: 'opening', value: 30 },
)
const watch = setInterval(() => {
  if (machine.writes.length === 0) return
  clearInterval(watch)
  console.log('sent')
}, 1)
setInterval(() => {}, 60_000)
