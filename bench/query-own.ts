import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHistorian } from '#historian'
import { silentLogger, systemClock } from '#kernel'
import type { Historian } from '#ports'
import { startInstance } from './instance.ts'
import { defineIotMix } from './iot-mix.ts'
import { flowTag, type QueryData } from './query-data.ts'
import { day, fetched, month, type QueryName, type QueryProgram, slowTag } from './query-program.ts'
import { treeOf } from './tree.ts'

/** Our own: filled in process, settled, then the built program on that folder, asked over HTTP. */
export async function startInterworkForQueries(data: QueryData, say: (line: string) => void): Promise<QueryProgram> {
  const parent = process.env['IW_BENCH_DATA'] ?? tmpdir()
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'interwork-query-'))
  await fill(folder, data, say)
  // A folder with readings in it is taken for a data folder only where this file says so.
  writeFileSync(join(folder, 'FORMAT'), '1\n')
  const instance = await startInstance({ historian: { retention: { raw: 'forever' } } }, folder)
  const { version } = await instance.get<{ version: string }>('/api/v1/system')
  return {
    name: 'Interwork',
    version,
    pids: () => treeOf(instance.pid),
    async ask(query) {
      const bytes = await fetched(`${instance.url}/api/v1/readings${addresses[query]}`)
      return { rows: rowsOf(query, bytes), bytes: bytes.length }
    },
    async stop() {
      await instance.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Fills `<folder>/readings`, with everything merged at the end. */
async function fill(folder: string, data: QueryData, say: (line: string) => void): Promise<void> {
  const historian = createHistorian({
    folder: join(folder, 'readings'),
    clock: systemClock,
    log: silentLogger,
  })
  await historian.start()
  await defineIotMix(historian)
  await historian.defineTags([{ thing: 'plant', property: 'flow', type: 'number', unit: 'm3/h' }])
  if (historian.findTag('plant', 'flow')?.id !== flowTag) throw new Error('the flow has another id')
  await appendAll(historian, data)
  await historian.settle()
  const { days, minutes, hours } = historian.status().storage
  const rows = (one: { rows: number }) => one.rows.toLocaleString('en')
  say(`merged: ${rows(days)} readings of ${days.days} days, ${rows(minutes)} minutes, ${rows(hours)} hours`)
  await historian.stop()
}

async function appendAll(historian: Historian, data: QueryData): Promise<void> {
  for (const batch of data.batches()) {
    await historian.append(batch)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const over = ({ from, to }: { from: number; to: number }) => `from=${from}&to=${to}`

const addresses: Readonly<Record<QueryName, string>> = {
  'last of 10,000 tags': '/last?tags=all',
  'slow tag, 1 day, all rows': `?tags=${slowTag}&${over(day)}&format=json`,
  '1 Hz tag, 1 day at 1,000 px': `/trend?tags=${flowTag}&${over(day)}&buckets=1000`,
  '1 Hz tag, 1 day, 86,400 rows, binary': `?tags=${flowTag}&${over(day)}&format=arrow`,
  '1 Hz tag, 30 days of minutes at 1,000 px': `/trend?tags=${flowTag}&${over(month)}&buckets=1000`,
  '1 Hz tag, 30 days of minutes, all 43,200': `/aggregate?tags=${flowTag}&${over(month)}&step=1m&zone=UTC&format=arrow`,
}

/** Rows of a JSON answer; of an Arrow answer 0: the tests look into those. */
function rowsOf(query: QueryName, bytes: Buffer): number {
  if (bytes[0] !== 0x7b) return 0
  const answer = JSON.parse(bytes.toString())
  if (query === 'last of 10,000 tags') return answer.readings.length
  const [series] = answer.trends ?? answer.series ?? [answer]
  return series.time.length
}
