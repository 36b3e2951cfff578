import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { story } from '../../src/demo/plant/story.ts'

const main = join(import.meta.dirname, '../../src/cli/main.ts')
const days = 6

let folder: string
const running = new Set<ChildProcess>()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'iw-past-'))
})
afterEach(async () => {
  for (const child of running) await end(child, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

function launch(): ChildProcess {
  const args = ['demo', '--past', String(days), '--data', join(folder, 'data'), '--port', '0', '--base-port', '0']
  const child = spawn(process.execPath, ['-C', 'source', main, ...args, '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<unknown> {
  const exit = once(child, 'exit')
  child.kill(signal)
  return (await exit)[0]
}

interface Ready {
  readonly url: string
  readonly past?: { readonly days: number; readonly readings: number; readonly seconds: number }
}

async function ready(child: ChildProcess): Promise<Ready> {
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string]
  return JSON.parse(line) as Ready
}

/** Bytes of the journal and of what was sealed. */
function storedBytes(): number {
  const sizeOf = (name: string): number => {
    try {
      const path = join(folder, 'data/readings', name)
      return readdirSync(path).reduce((sum, file) => sum + statSync(join(path, file)).size, 0)
    } catch {
      return 0
    }
  }
  return sizeOf('journal') + sizeOf('parts')
}

async function until(done: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 60_000; !done(); ) {
    expect(Date.now(), 'within a minute').toBeLessThan(deadline)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** All times of a property in the past, µs. */
async function timesOf(url: string, endsAt: number, thing: string, property: string): Promise<number[]> {
  const path = `api/v1/things/${thing}/properties/${property}/readings`
  const times: number[] = []
  for (let from = 1; ; from = times.at(-1)! + 1) {
    const page = await fetch(`${url}/${path}?from=${from}&to=${endsAt}&order=asc&limit=10000`)
    const { time } = (await page.json()) as { time: number[] }
    times.push(...time)
    if (time.length < 10_000) return times
  }
}

/** The newest reading of the main meter's counter, once there is one later than `after`. */
async function newestEnergy(url: string, after: number): Promise<{ time: number; value: number }> {
  const path = 'api/v1/things/main-meter/properties/energy/readings?limit=1&order=desc'
  for (const deadline = Date.now() + 60_000; ; ) {
    const { time, value } = (await (await fetch(`${url}/${path}`)).json()) as { time: number[]; value: number[] }
    if (time[0]! > after) return { time: time[0]!, value: value[0]! }
    expect(Date.now(), 'within a minute').toBeLessThan(deadline)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('the past of the demo plant', () => {
  it('is stored at the first start; a kill in the middle loses and doubles nothing, and once it is there it stays', async () => {
    const killed = launch()
    await until(() => storedBytes() > 3_000_000)
    await end(killed, 'SIGKILL')
    const record = () => JSON.parse(readFileSync(join(folder, 'data/demo.json'), 'utf8')) as Record<string, number>
    expect(record()).toMatchObject({ days, complete: false })
    const { endsAt } = record() as { endsAt: number }

    const again = launch()
    const { url, past } = await ready(again)
    expect(past?.days).toBe(days)
    expect(past?.readings).toBeGreaterThan(500_000)
    expect(record()).toEqual({ seed: 1, days, endsAt, complete: true })
    const power = await timesOf(url, endsAt, 'main-meter', 'active_power')
    const { begins, lasts } = story.recorderOff
    const seconds = Array.from({ length: (days * 86_400) / 30 }, (_, n) => n * 30 - days * 86_400)
    const heard = seconds.filter((second) => second < begins || second >= begins + lasts)
    expect(power).toEqual(heard.map((second) => endsAt + second * 1e6))
    const before = await newestEnergy(url, endsAt)
    expect(await end(again, 'SIGTERM')).toBe(0)

    const third = launch()
    const last = await ready(third)
    expect(last.past).toBeUndefined()
    expect((await timesOf(last.url, endsAt, 'main-meter', 'active_power')).length).toBe(power.length)
    const after = await newestEnergy(last.url, before.time)
    expect(after.value, 'the counter goes on where it stood').toBeGreaterThanOrEqual(before.value)
    expect(after.value - before.value).toBeLessThan(100_000)
    expect(await end(third, 'SIGTERM')).toBe(0)
  }, 240_000)

  it('ends at once where it is told to in the middle, with what was stored', async () => {
    const child = launch()
    await until(() => storedBytes() > 1_000_000)
    expect(await end(child, 'SIGTERM')).toBe(0)
    expect(JSON.parse(readFileSync(join(folder, 'data/demo.json'), 'utf8'))).toMatchObject({ complete: false })
  }, 120_000)
})
