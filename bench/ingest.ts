import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createHistorian } from '#historian'
import { silentLogger, systemClock } from '#kernel'
import type { ReadingBatch } from '#model'
import type { Historian } from '#ports'
import { type Bench, ownCpuSeconds, quantile, type Result, residentBytesOf } from './harness.ts'

const batchRows = 10_000
const slowTags = 9_990
const fastTags = 10
const slowPeriodS = 350
const readings = 20_000_000
/** Batches under way at once: enough to keep the journal busy, few enough that acknowledgement stays quick. */
const ahead = 4

/**
 * The mix of a plant that reports by itself: 9,990 tags every 350 s and ten every second, with a jitter of up to 19 ms,
 * in order of time. Of ten tags one counts, two are binary, the rest walk in steps of 0.01; one reading in a thousand is not good.
 */
class IotMix {
  readonly #values = new Float64Array(slowTags + fastTags + 1)
  #random = 42
  #second = 1_767_225_600
  #due: number[] = []
  #sequence = 0

  constructor() {
    for (let tag = 1; tag < this.#values.length; tag++) this.#values[tag] = isBinary(tag) ? 0 : 20 + (tag % 100)
  }

  batch(): ReadingBatch {
    const tag = new Int32Array(batchRows)
    const time = new Float64Array(batchRows)
    const value = new Float64Array(batchRows)
    const quality = new Uint8Array(batchRows)
    for (let row = 0; row < batchRows; row++) {
      if (this.#due.length === 0) this.#nextSecond()
      const id = this.#due.pop()!
      tag[row] = id
      time[row] = this.#second * 1e6 + (this.#next() % 20) * 1000
      value[row] = this.#step(id)
      quality[row] = this.#next() % 1000 === 0 ? 1 : 0
    }
    return {
      source: 'iot-mix',
      sequence: ++this.#sequence,
      arrivedAt: this.#second * 1e6 + 50_000,
      count: batchRows,
      tag,
      time,
      value,
      quality,
    }
  }

  #nextSecond(): void {
    this.#second++
    for (let tag = fastTags + 1 + (this.#second % slowPeriodS); tag <= slowTags + fastTags; tag += slowPeriodS)
      this.#due.push(tag)
    for (let tag = fastTags; tag > 0; tag--) this.#due.push(tag)
  }

  #step(tag: number): number {
    const before = this.#values[tag]!
    const random = this.#next()
    let after = Math.round((before + ((random % 21) - 10) / 100) * 100) / 100
    if (isBinary(tag)) after = random % 200 === 0 ? 1 - before : before
    else if (tag % 10 === 3) after = before + (random % 8)
    this.#values[tag] = after
    return after
  }

  /** xorshift32 (13, 17, 5). */
  #next(): number {
    let x = this.#random
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#random = x >>> 0
    return this.#random
  }
}

const isBinary = (tag: number): boolean => tag % 10 === 1 || tag % 10 === 2

async function defineTags(historian: Historian): Promise<void> {
  const definitions = Array.from({ length: slowTags + fastTags }, (_, index) => ({
    thing: `plant/line${index % 40}`,
    property: `p${index + 1}`,
    type: 'number' as const,
  }))
  await historian.defineTags(definitions)
}

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

async function settled(historian: Historian): Promise<void> {
  for (let before = -1; historian.status().parts !== before; ) {
    before = historian.status().parts
    await new Promise((resolve) => setTimeout(resolve, 1500))
  }
}

/** CPU seconds that making the readings costs alone; it is part of the measured run and is told beside it. */
function generatorSeconds(): number {
  const mix = new IotMix()
  const before = ownCpuSeconds()
  for (let n = 0; n < readings / batchRows; n++) mix.batch()
  return ownCpuSeconds() - before
}

const folderBytes = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)

export const bench: Bench = {
  name: 'ingest',
  load: `iot-mix, ${readings / 1e6} M readings of 10,000 tags in batches of ${batchRows}, in process, fdatasync before each acknowledgement, sealed to level 0`,
  async run(say): Promise<readonly Result[]> {
    const folder = mkdtempSync(join(tmpdir(), 'iw-ingest-'))
    const historian = createHistorian({ folder: join(folder, 'readings'), clock: systemClock, log: silentLogger })
    try {
      const making = generatorSeconds()
      say(`making the readings alone: ${making.toFixed(2)} CPU s; taken out of the first figure, left in the second`)
      await historian.start()
      await defineTags(historian)
      const delay = monitorEventLoopDelay({ resolution: 1 })
      delay.enable()
      const cpuBefore = ownCpuSeconds()
      const wallBefore = performance.now()
      const times = await appendAll(historian, new IotMix(), say)
      const wall = (performance.now() - wallBefore) / 1000
      const resident = residentBytesOf(process.pid)
      await settled(historian)
      const cpu = ownCpuSeconds() - cpuBefore
      delay.disable()
      const { parts, partBytes, headRows } = historian.status()
      const sealedRows = readings - headRows
      say(`${parts} parts, ${folderBytes(join(folder, 'readings', 'parts'))} bytes; ${headRows} rows left in the head`)
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
      ]
    } finally {
      await historian.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
