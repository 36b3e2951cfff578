import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHistorian, type HistorianOptions } from '#historian'
import { silentLogger, systemClock } from '#kernel'
import type { Historian, ScanQuery } from '#ports'
import { historianContract } from './historian-contract.ts'

async function embedded(options: Partial<HistorianOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'iw-historian-'))
  const open = () =>
    createHistorian({
      folder: join(folder, 'readings'),
      clock: systemClock,
      log: silentLogger,
      reserveBytes: 0,
      ...options,
    })
  let present = open()
  await present.start()
  return {
    historian: present,
    async reopen() {
      await present.stop()
      present = open()
      await present.start()
      return present
    },
    async dispose() {
      await present.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

historianContract('the embedded historian', () => embedded())
historianContract('the embedded historian, sealing all the time,', () => embedded({ segmentBytes: 1000 }))

const reading = new Set<string | symbol>(['read', 'trend', 'before', 'aggregate'])

/** Before every question everything is brought into its final form. */
function settling(historian: Historian): Historian {
  // One that was stopped still answers.
  const settle = async () => historian.status().accepting && historian.settle()
  return new Proxy(historian, {
    get(target, name) {
      const member = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      if (name === 'scan')
        return async function* (query: ScanQuery) {
          await settle()
          yield* target.scan(query)
        }
      if (!reading.has(name)) return member.bind(target)
      return async (...args: readonly unknown[]) => {
        await settle()
        return member.apply(target, args)
      }
    },
  })
}

historianContract('the embedded historian, settling all the time,', async () => {
  const under = await embedded()
  return {
    ...under,
    runs: 20,
    historian: settling(under.historian),
    reopen: async () => settling(await under.reopen()),
  }
})
