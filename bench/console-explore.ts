import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { createHistorian } from '#historian'
import { silentLogger, systemClock } from '#kernel'
import { median, quantile, type Result } from './harness.ts'
import { type Instance, startInstance } from './instance.ts'

const scale = Number(process.env['IW_BENCH_SCALE'] ?? 1)
const days = Math.max(2, Math.round(365 * scale))
const dayUs = 86_400_000_000
const batchRows = 10_000
const charts = 50
const looks = 7
const traceMs = 10_000

/** A year of one reading a second, drawn; then fifty charts, each with ten new values a second. */
export async function exploreResults(browser: Browser, say: (line: string) => void): Promise<readonly Result[]> {
  const parent = process.env['IW_BENCH_DATA'] ?? tmpdir()
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'interwork-explore-'))
  let instance: Instance | undefined
  try {
    instance = await startInstance({}, folder)
    await makeThings(instance.url)
    await instance.stop()
    const period = await fillYear(folder, say)
    instance = await startInstance({}, folder)
    return [...(await yearDrawn(browser, instance.url, period, say)), ...(await liveCharts(browser, instance.url, say))]
  } finally {
    await instance?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function post(url: string, lines: string): Promise<void> {
  const reply = await fetch(`${url}/write`, { method: 'POST', body: lines })
  if (reply.status !== 204) throw new Error(`${reply.status} ${await reply.text()}`)
}

const liveLines = () =>
  Array.from({ length: charts }, (_, index) => `line p${index}=${(Math.random() * 100).toFixed(2)}`).join('\n')

const makeThings = (url: string) => post(url, `cell flow=1\n${liveLines()}`)

/** Fills the flow in process, with the program away, and has it merged. */
async function fillYear(folder: string, say: (line: string) => void): Promise<{ from: number; to: number }> {
  const historian = createHistorian({ folder: join(folder, 'readings'), clock: systemClock, log: silentLogger })
  await historian.start()
  const tag = historian.findTag('cell', 'flow')!.id
  const to = Math.floor(Date.now() / 86_400_000) * dayUs
  const from = to - days * dayUs
  const began = performance.now()
  const rows = days * 86_400
  for (let made = 0; made < rows; made += batchRows) {
    const count = Math.min(batchRows, rows - made)
    const time = Float64Array.from({ length: count }, (_, row) => from + (made + row) * 1e6)
    const value = Float64Array.from(
      { length: count },
      (_, row) => Math.round((12 + 4 * Math.sin((made + row) / 13_751) + Math.random()) * 100) / 100,
    )
    const [tags, quality] = [new Int32Array(count).fill(tag), new Uint8Array(count)]
    const batch = { source: 'year', sequence: made / batchRows + 1, arrivedAt: time[count - 1]!, count }
    await historian.append({ ...batch, tag: tags, time, value, quality })
  }
  await historian.settle()
  const { storage } = historian.status()
  await historian.stop()
  say(
    `a year: ${rows.toLocaleString('en')} readings taken in and merged in ${((performance.now() - began) / 1000).toFixed(0)} s, ${(storage.days.bytes / rows).toFixed(2)} B a reading`,
  )
  return { from, to }
}

/** From the click on a link to the year until it is on the screen: asked for, answered, drawn, painted. */
async function yearDrawn(
  browser: Browser,
  url: string,
  { from, to }: { from: number; to: number },
  say: (line: string) => void,
): Promise<readonly Result[]> {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 1000 } })).newPage()
  const address = (since: number) =>
    `/explore?tags=cell/flow&from=${new Date(since / 1000).toISOString()}&to=${new Date(to / 1000).toISOString()}`
  const times: number[] = []
  for (let look = 0; look < looks; look++) {
    // An hour of another day each time, so that nothing of the year is on the screen.
    await page.goto(url + address(to - (look + 1) * 3600e6))
    await page.locator('#chart canvas').first().waitFor()
    await page.waitForTimeout(1_500)
    times.push(await page.evaluate<number>(drawnAfterClick(address(from))))
  }
  say(`a year drawn: ${times.map((time) => time.toFixed(0)).join(', ')} ms`)
  await page.context().close()
  const name = `${days} days of a 1 Hz tag drawn`
  return [{ name, value: median(times), unit: 'ms', bar: { op: '<=', value: 500 } }]
}

/** Runs in the page: clicks a link, waits for the answer with the year in it, and then for the frame that shows it. */
const drawnAfterClick = (href: string) => `(async () => {
  const ask = window.fetch
  const answered = new Promise((resolve) => {
    window.fetch = async (...given) => {
      const reply = await ask(...given)
      const address = new URL(String(given[0]), location.href)
      const span = Number(address.searchParams.get('to')) - Number(address.searchParams.get('from'))
      if (address.pathname.endsWith('/readings/trend') && span > 86400e6) {
        await reply.clone().arrayBuffer()
        resolve()
      }
      return reply
    }
  })
  const link = document.createElement('a')
  link.href = ${JSON.stringify(href)}
  document.body.append(link)
  const since = performance.now()
  link.click()
  await answered
  window.fetch = ask
  link.remove()
  // The answer is parsed and drawn in the frame after it, and painted at the end of that one.
  for (let frames = 0; frames < 3; frames++) await new Promise((resolve) => requestAnimationFrame(resolve))
  return performance.now() - since
})()`

async function liveCharts(browser: Browser, url: string, say: (line: string) => void): Promise<readonly Result[]> {
  const feeding = setInterval(() => void post(url, liveLines()), 100)
  const page = await (await browser.newContext({ viewport: { width: 1920, height: 1080 } })).newPage()
  try {
    const names = Array.from({ length: charts }, (_, index) => `line/p${index}`).join(',')
    await page.goto(`${url}/explore?as=wall&view=wall&tags=${names}`)
    await page
      .locator('.charts canvas')
      .nth(charts - 1)
      .waitFor()
    await page.waitForTimeout(5_000)
    const frames = framesOf(await trace(page))
    const works = frames.map(({ work }) => work)
    const seconds = frames.reduce((sum, { length }) => sum + length, 0) / 1000
    say(`${frames.length} frames in ${seconds.toFixed(1)} s; work p50 ${median(works).toFixed(1)} ms`)
    return [
      {
        name: `${charts} live charts at 10 Hz, main-thread work per frame, p95`,
        value: quantile(works, 0.95),
        unit: 'ms',
        bar: { op: '<=', value: 16 },
      },
      { name: `${charts} live charts at 10 Hz, frames drawn`, value: frames.length / seconds, unit: '/s' },
    ]
  } finally {
    clearInterval(feeding)
    await page.context().close()
  }
}

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly dur?: number
  readonly args?: { readonly name?: string }
}

async function trace(page: Page): Promise<readonly TraceEvent[]> {
  const session: CDPSession = await page.context().newCDPSession(page)
  const events: TraceEvent[] = []
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])))
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'] },
  })
  await page.waitForTimeout(traceMs)
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve))
  await session.send('Tracing.end')
  await complete
  return events
}

/** Frames of the page's main thread: from one to the next, and how long its tasks ran in between, ms. */
function framesOf(events: readonly TraceEvent[]): readonly { length: number; work: number }[] {
  const begins = events.filter(({ name }) => name === 'FireAnimationFrame')
  const busiest = Map.groupBy(begins, ({ pid, tid }) => `${pid}/${tid}`)
  const [main] = [...busiest.values()].toSorted((a, b) => b.length - a.length)
  if (!main) throw new Error('The trace has no frame')
  const { pid, tid } = main[0]!
  const starts = [...new Set(main.map(({ ts }) => ts))].toSorted((a, b) => a - b)
  const tasks = events.filter(
    (event) => event.pid === pid && event.tid === tid && event.name.endsWith('RunTask') && event.dur !== undefined,
  )
  return starts.slice(1).map((end, index) => {
    const begin = starts[index]!
    const within = tasks.filter(({ ts }) => ts >= begin && ts < end)
    return { length: (end - begin) / 1000, work: within.reduce((sum, { dur }) => sum + dur!, 0) / 1000 }
  })
}
