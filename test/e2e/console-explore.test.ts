import { rmSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axe, browserMissing, buildConsole, launchBrowser, openPage } from '../fakes/browser.ts'
import { type Script, startConsoleApi } from '../fakes/console-api.ts'

if (browserMissing) console.warn(`SKIPPED, tests of Explore in a browser: ${browserMissing}`)

const hour = 'from=2026-11-24T08:42:00.000Z&to=2026-11-24T09:42:00.000Z'
const two = 'tags=compressor-1/pressure,compressor-1/power'

describe.skipIf(browserMissing)('Explore', () => {
  let folder: string
  let browser: Browser
  let api: Awaited<ReturnType<typeof startConsoleApi>>
  const script: Script = {}

  beforeAll(async () => {
    folder = await buildConsole()
    api = await startConsoleApi(folder, script)
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await api?.close()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  const open = (query: string, options = {}) => openPage(browser, api.url, `/explore?lang=en&${query}`, options)
  const entry = (page: Page, key: string) => new URL(page.url()).searchParams.get(key)
  const entries = (page: Page, key: string) => expect.poll(() => entry(page, key))
  /** Lanes whose line is drawn: their sentence has values. */
  const drawn = (page: Page, count: number) =>
    expect.poll(() => page.locator('.lane canvas[aria-label*="between"]').count()).toBe(count)
  /** Points at a share of the width of the chart. */
  async function at(page: Page, share: number): Promise<[x: number, y: number]> {
    const box = (await page.locator('.surface').boundingBox())!
    return [box.x + box.width * share, box.y + 60]
  }

  it('offers the worst and the busiest properties where nothing is chosen, one click each', async () => {
    const { page, faults, close } = await open('')
    await page.locator('h3', { hasText: 'Not as they should be' }).waitFor()
    await expect.poll(() => page.locator('.choices').first().locator('li').count()).toBe(3)
    expect(await axe(page)).toEqual([])
    await page.locator('.choices').last().locator('button').first().click()
    await drawn(page, 1)
    expect(entry(page, 'tags')).toMatch(/\//)
    expect(faults).toEqual([])
    await close()
  })

  it('finds a property by words of its machine and itself, and draws it by keyboard alone', async () => {
    const { page, faults, close } = await open(hour)
    await page.locator('.pick li').first().waitFor()
    await page.keyboard.press('f')
    await page.keyboard.type('compressor pressure')
    await expect.poll(() => page.locator('.pick li').count()).toBe(3)
    expect(await page.locator('.pick header .num').textContent()).toBe('3 of 10')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Space')
    await drawn(page, 1)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Space')
    await drawn(page, 2)
    expect(entry(page, 'tags')).toBe('compressor-1/pressure,compressor-1/setpoint')
    await page.keyboard.press('Space')
    await drawn(page, 1)
    expect(faults).toEqual([])
    await close()
  })

  it('selects by dragging, gives the figures of it, and zooms to it', async () => {
    const { page, faults, close } = await open(`${two}&${hour}`)
    await drawn(page, 2)
    await page.mouse.move(...(await at(page, 0.25)))
    await page.mouse.down()
    await page.mouse.move(...(await at(page, 0.6)), { steps: 5 })
    await page.mouse.up()
    await entries(page, 'sel').not.toBeNull()
    const [from, to] = entry(page, 'sel')!
      .split(',')
      .map((part) => Date.parse(part))
    // On round times, within a few pixels of where the hand was.
    expect(from! % 10_000).toBe(0)
    expect(Math.abs(from! - Date.parse('2026-11-24T08:57:00Z'))).toBeLessThan(20_000)
    expect(Math.abs(to! - Date.parse('2026-11-24T09:18:00Z'))).toBeLessThan(20_000)
    const row = page.locator('tr', { hasText: 'Line pressure' })
    await expect.poll(() => row.locator('td').last().textContent()).toBe('1,200')
    expect(await row.locator('td').allTextContents()).toEqual(['bar', '5.74', '6.38', '7.02', '+1.28', '1,200'])
    await page.locator('label', { hasText: 'Mean over time' }).click()
    await expect.poll(() => row.locator('td').nth(2).textContent()).toBe('6.70')
    await page.locator('button', { hasText: 'Zoom to it' }).click()
    await entries(page, 'from').toBe(new Date(from!).toISOString())
    expect(entry(page, 'to')).toBe(new Date(to!).toISOString())
    expect(await axe(page)).toEqual([])
    expect(faults).toEqual([])
    await close()
  })

  it('zooms with the wheel around the pointer, pans by keys, and goes back with a double click', async () => {
    const { page, faults, close } = await open(`${two}&${hour}`)
    await drawn(page, 2)
    const span = () => (Date.parse(entry(page, 'to')!) - Date.parse(entry(page, 'from')!)) / 1000
    await page.mouse.move(...(await at(page, 0.5)))
    await page.mouse.wheel(0, -400)
    await expect.poll(span).toBeLessThan(2500)
    const middle = (Date.parse(entry(page, 'to')!) + Date.parse(entry(page, 'from')!)) / 2
    expect(Math.abs(middle - Date.parse('2026-11-24T09:12:00Z'))).toBeLessThan(15_000)
    // Finer buckets were asked for.
    const last = api.asked.at(-1)!.searchParams
    expect((Number(last.get('to')) - Number(last.get('from'))) / Number(last.get('buckets'))).toBeLessThan(4e6)
    const before = Date.parse(entry(page, 'from')!)
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => Date.parse(entry(page, 'from')!)).toBeLessThan(before)
    await page.keyboard.press('-')
    await expect.poll(span).toBeGreaterThan(2500)
    await page.mouse.dblclick(...(await at(page, 0.3)))
    await expect.poll(span).toBeLessThan(2500)
    expect(faults).toEqual([])
    await close()
  })

  it('follows live readings; panning stops that and says so, and now takes it up again', async () => {
    const { page, faults, close } = await open(`${two}&from=-15m`)
    await drawn(page, 2)
    await expect.poll(api.listeners).toBeGreaterThan(0)
    const chip = page.locator('.chips .chip', { hasText: 'Line pressure' })
    const tag = (await page.evaluate(
      `fetch('/api/v1/things/compressor-1').then((r) => r.json()).then((t) => t.properties.find((p) => p.name === 'pressure').tag)`,
    )) as number
    const now = (await page.evaluate(`fetch('/api/v1/system').then((r) => r.json()).then((s) => s.now)`)) as number
    api.send({ type: 'readings', at: now + 1e6, readings: [[tag, now + 1e6, 9.87, 'good']] })
    await chip.locator('b', { hasText: '9.87' }).waitFor()
    await page.locator('.lane canvas[aria-label*="9.87 bar"]').first().waitFor()
    await page.keyboard.press('ArrowLeft')
    await page.locator('.range-note', { hasText: 'Live has stopped' }).waitFor()
    expect(entry(page, 'to')).not.toBeNull()
    await page.keyboard.press('l')
    await page.locator('.range-note').waitFor({ state: 'detached' })
    expect(faults).toEqual([])
    await close()
  })

  it('restores all that is shown from its address', async () => {
    const query = `tags=compressor-1/pressure,compressor-1/power,compressor-1/state&${hour}&sel=2026-11-24T09:05:00.000Z,2026-11-24T09:25:00.000Z&as=over&vs=1d&copy=sql&find=press`
    const { page, faults, close } = await open(query)
    await page.locator('.lane canvas').first().waitFor()
    expect(await page.locator('.seg [aria-pressed="true"]', { hasText: 'Overlaid' }).count()).toBe(1)
    expect(await page.locator('.selection .tag').textContent()).toMatch(/09:05–09:25 · 20 min/)
    await page.locator('.earlier-tag', { hasText: 'a day earlier' }).waitFor()
    expect(await page.locator('#pick-find').inputValue()).toBe('press')
    await page.locator('#take pre', { hasText: "('compressor-1', 'pressure')" }).waitFor()
    await page.locator('.blocks .run').first().waitFor()
    // The line of comparison was asked for, a day earlier.
    const day = 86_400e6
    const froms = api.asked.map(({ searchParams }) => Number(searchParams.get('from')))
    expect(froms.some((from) => froms.includes(from - day))).toBe(true)
    expect(await axe(page)).toEqual([])
    expect(faults).toEqual([])
    await close()
  })

  it('compares, exports and adds what changed at the same time', async () => {
    const { page, faults, close } = await open(`tags=compressor-1/pressure&${hour}`)
    await drawn(page, 1)
    await page.keyboard.press('c')
    await page.locator('.earlier-tag', { hasText: 'a day earlier' }).waitFor()
    await page.keyboard.press('c')
    await page.locator('.earlier-tag').waitFor({ state: 'detached' })
    await page.keyboard.press('x')
    const dialog = page.locator('dialog[open]')
    await dialog.locator('select').first().selectOption('parquet')
    await dialog.locator('select').last().selectOption('wide')
    const href = (await dialog.locator('a.main').getAttribute('href'))!
    expect(href).toBe(
      '/api/v1/readings?properties=compressor-1/pressure&from=2026-11-24T08:42:00.000Z&to=2026-11-24T09:42:00.000Z&format=parquet&layout=wide',
    )
    expect(await axe(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.locator('.similar-card', { hasText: '4 min later' }).click()
    await drawn(page, 2)
    expect(faults).toEqual([])
    await close()
  })

  it('keeps views in the browser, opens them, and gives back what was removed', async () => {
    const { page, faults, close } = await open(`${two}&${hour}`)
    await page.locator('button', { hasText: 'Save this' }).click()
    await page.locator('#view-name').fill('Air at night')
    await page.locator('dialog button[type="submit"]').click()
    await page.goto(`${api.url}/explore?lang=en`)
    await page.locator('#saved a', { hasText: 'Air at night' }).click()
    await drawn(page, 2)
    expect(entry(page, 'from')).toBe('2026-11-24T08:42:00.000Z')
    await page.locator('#saved button.icon').click()
    await page.locator('#saved a').waitFor({ state: 'detached' })
    await page.locator('.toast button').click()
    await page.locator('#saved a', { hasText: 'Air at night' }).waitFor()
    expect(faults).toEqual([])
    await close()
  })

  it('says what failed and draws when asked again', async () => {
    script.failingTrend = { code: 'IW_HISTORIAN_BUSY', message: 'Too many questions at once', remedy: 'Try again.' }
    const { page, close } = await open(`${two}&${hour}`)
    await page.locator('#chart [role="alert"]', { hasText: 'IW_HISTORIAN_BUSY' }).waitFor()
    delete script.failingTrend
    await page.locator('#chart [role="alert"] button', { hasText: 'Try now' }).click()
    await drawn(page, 2)
    await page.locator('#chart [role="alert"]').waitFor({ state: 'detached' })
    await close()
  })

  it('shows the same as tables', async () => {
    const { page, faults, close } = await open(`tags=compressor-1/pressure,compressor-1/state&${hour}&as=table`)
    await page.locator('#chart td', { hasText: 'good' }).first().waitFor()
    expect(await page.locator('#chart h3').allTextContents()).toEqual(['ALine pressure bar', 'BState'])
    await page.locator('#chart td', { hasText: 'Loaded' }).first().waitFor()
    expect(await axe(page)).toEqual([])
    expect(faults).toEqual([])
    await close()
  })

  it('moves the chart by the window of the long view, with hand and keys', async () => {
    const { page, faults, close } = await open(`${two}&${hour}`)
    await drawn(page, 2)
    const brush = (await page.locator('.brush-box').boundingBox())!
    await page.mouse.click(brush.x + brush.width * 0.25, brush.y + brush.height / 2)
    await expect.poll(() => entry(page, 'from')).not.toBe('2026-11-24T08:42:00.000Z')
    const span = Date.parse(entry(page, 'to')!) - Date.parse(entry(page, 'from')!)
    expect(Math.round(span / 1000)).toBe(3600)
    const from = Date.parse(entry(page, 'from')!)
    await page.locator('.brush-window').focus()
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => Date.parse(entry(page, 'from')!)).toBe(from + 1_800_000)
    expect(faults).toEqual([])
    await close()
  })

  it('fits a phone, and a wall of fifty small charts', async () => {
    const phone = await open(`${two}&${hour}`, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    })
    await drawn(phone.page, 2)
    expect(await phone.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
    expect(await axe(phone.page)).toEqual([])
    await phone.close()
    const many = 'pressure,power,setpoint,filter,energy'.split(',').map((name) => `compressor-1/${name}`)
    const wall = await open(`tags=${[...many, 'dryer-1/dew_point', 'silo-1/level'].join(',')}&${hour}&as=wall`)
    await expect.poll(() => wall.page.locator('.small-chart canvas').count()).toBe(7)
    expect(await axe(wall.page)).toEqual([])
    expect(wall.faults).toEqual([])
    await wall.close()
  })
})
