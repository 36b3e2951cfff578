import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createHistorian } from '#historian'
import { silentLogger, systemClock } from '#kernel'
import type { Historian } from '#ports'
import {
  type Bench,
  endedChildrenCpuSeconds,
  ownCpuSeconds,
  quantile,
  type Result,
  residentBytesOf,
} from './harness.ts'
import { defineIotMix, IotMix } from './iot-mix.ts'
import { PeakMemory } from './peak-memory.ts'

const batchRows = 10_000
const readings = 20_000_000
/** Batches under way at once: enough to keep the journal busy, few enough that acknowledgement stays quick. */
const ahead = 4

/** Appends all batches, `ahead` under way at once; gives the milliseconds from append to acknowledgement of each. */
async function appendAll(historian: Historian, mix: IotMix, say: (line: string) => void): Promise<readonly number[]> {
  const times: number[] = []
  const batches = readings / batchRows
  let made = 0
  const lane = async () => {
    while (made < batches) {
      made++
      if (made % 500 === 0) say(`${(made * batchRows) / 1e6} M readings`)
      const batch = mix.batch()
      const since = performance.now()
      await historian.append(batch)
      times.push(performance.now() - since)
      // Lets the loop turn between batches, as sockets would.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await Promise.all(Array.from({ length: ahead }, lane))
  return times
}

/** Waits until everything but the open segment is in level 0. */
async function sealed(historian: Historian): Promise<void> {
  for (let before = -1; historian.status().parts !== before; ) {
    before = historian.status().parts
    await new Promise((resolve) => setTimeout(resolve, 1500))
  }
}

/** CPU seconds that making the readings costs alone; it is part of the measured run and is told beside it. */
function generatorSeconds(): number {
  const mix = new IotMix(batchRows)
  const before = ownCpuSeconds()
  for (let n = 0; n < readings / batchRows; n++) mix.batch()
  return ownCpuSeconds() - before
}

const folderBytes = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)

export const bench: Bench = {
  name: 'ingest',
  load: `iot-mix, ${readings / 1e6} M readings of 10,000 tags in batches of ${batchRows}, in process, fdatasync before each acknowledgement, sealed to level 0; then merged by day and rolled up in another process`,
  async run(say): Promise<readonly Result[]> {
    const folder = mkdtempSync(join(tmpdir(), 'iw-ingest-'))
    const historian = createHistorian({
      folder: join(folder, 'readings'),
      clock: systemClock,
      log: silentLogger,
      // Merges are measured by themselves, after the rest.
      mergeThresholds: { parts: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY },
    })
    try {
      const making = generatorSeconds()
      say(`making the readings alone: ${making.toFixed(2)} CPU s; taken out of the first figure, left in the second`)
      await historian.start()
      await defineIotMix(historian)
      const delay = monitorEventLoopDelay({ resolution: 1 })
      delay.enable()
      const cpuBefore = ownCpuSeconds()
      const wallBefore = performance.now()
      const times = await appendAll(historian, new IotMix(batchRows), say)
      const wall = (performance.now() - wallBefore) / 1000
      const resident = residentBytesOf(process.pid)
      await sealed(historian)
      const cpu = ownCpuSeconds() - cpuBefore
      delay.disable()
      const { parts, partBytes, headRows } = historian.status()
      const sealedRows = readings - headRows
      say(`${parts} parts, ${folderBytes(join(folder, 'readings', 'parts'))} bytes; ${headRows} rows left in the head`)
      const merged = await mergeAll(historian, cpuBefore, making)
      return [
        {
          name: 'readings per CPU-second',
          value: readings / (cpu - making),
          unit: '/s',
          bar: { op: '>=', value: 3e6 },
        },
        { name: 'the same, making them included', value: readings / cpu, unit: '/s' },
        { name: 'readings per second, wall', value: readings / wall, unit: '/s' },
        { name: 'level-0 bytes per reading', value: partBytes / sealedRows, unit: 'B' },
        { name: 'acknowledgement p50', value: quantile(times, 0.5), unit: 'ms' },
        { name: 'acknowledgement p99', value: quantile(times, 0.99), unit: 'ms' },
        { name: 'resident memory', value: resident / 2 ** 20, unit: 'MiB' },
        { name: 'event-loop delay p99', value: delay.percentile(99) / 1e6, unit: 'ms', bar: { op: '<=', value: 20 } },
        {
          name: 'all in: merged and rolled up too, readings per CPU-second',
          value: readings / merged.cpu,
          unit: '/s',
          bar: { op: '>=', value: 1e6 },
        },
        { name: 'CPU µs per reading of merging alone', value: (merged.mergeCpu * 1e6) / readings, unit: 'µs' },
        {
          name: 'resident memory of all processes while merging, those of the load included',
          value: merged.peakBytes / 2 ** 20,
          unit: 'MiB',
        },
      ]
    } finally {
      await historian.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** Merges everything and stops, so that the child has ended and its time is known. CPU is that of all since `cpuBefore`. */
async function mergeAll(historian: Historian, cpuBefore: number, making: number) {
  const before = ownCpuSeconds()
  const peak = new PeakMemory(process.pid)
  await historian.settle()
  const peakBytes = peak.end()
  await historian.stop()
  const own = ownCpuSeconds()
  const children = endedChildrenCpuSeconds()
  return { cpu: own - cpuBefore - making + children, mergeCpu: own - before + children, peakBytes }
}
