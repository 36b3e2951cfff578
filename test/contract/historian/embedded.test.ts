import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHistorian, type HistorianOptions } from '#historian'
import { silentLogger, systemClock } from '#kernel'
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
