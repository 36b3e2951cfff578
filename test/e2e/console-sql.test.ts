import { readFileSync, rmSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axe, browserMissing, buildConsole, launchBrowser, openPage } from '../fakes/browser.ts'
import { startConsoleApi } from '../fakes/console-api.ts'

if (browserMissing) console.warn(`SKIPPED, tests of the SQL page in a browser: ${browserMissing}`)

describe.skipIf(browserMissing)('the SQL page', () => {
  let folder: string
  let browser: Browser
  let api: Awaited<ReturnType<typeof startConsoleApi>>

  beforeAll(async () => {
    folder = await buildConsole()
    api = await startConsoleApi(folder, {})
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await api?.close()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  const open = (query: string, options = {}) => openPage(browser, api.url, `/sql?${query}`, options)

  it('asks an example by keys, shows rows, and puts the question into the address', async () => {
    const { page, faults, close } = await open('lang=en')
    await page.locator('#examples button', { hasText: 'Five-minute means' }).click()
    expect(await page.locator('#sql').inputValue()).toContain("thing = 'compressor-1'")
    await page.keyboard.press('Control+Enter')
    await page.locator('#answer', { hasText: '300 rows in 13 ms' }).waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toContain('time_bucket')
    // Three hundred rows: only those near the window stand in the document.
    expect(await page.locator('#answer tbody tr:not(.filler)').count()).toBeLessThan(100)
    expect(await page.locator('#answer td', { hasText: '—' }).count()).toBe(1)
    expect(await axe(page)).toEqual([])
    await page.locator('#answer .seg button', { hasText: 'Chart' }).click()
    await page.locator('#answer canvas[aria-label*="low, high"]').waitFor()
    expect(await axe(page)).toEqual([])
    await page.locator('#history button', { hasText: 'time_bucket' }).waitFor()
    expect(faults).toEqual([])
    await close()
  })

  it('answers a link at once, in both languages and themes, on a phone too', async () => {
    for (const [query, options] of [
      ['lang=zh&theme=dark', {}],
      ['lang=en&theme=light', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
    ] as const) {
      const { page, faults, close } = await open(`${query}&q=SELECT%201`, options)
      await page.locator('#answer th[scope="row"]').first().waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
      expect(await axe(page)).toEqual([])
      expect(faults).toEqual([])
      await close()
    }
  })

  it('says what is wrong and where, and marks the place', async () => {
    const { page, close } = await open(`lang=en&q=${encodeURIComponent('SELECT *\nFORM readings')}`)
    const note = page.locator('[role="alert"]', { hasText: 'Line 2, column 1.' })
    await note.waitFor()
    expect(await axe(page)).toEqual([])
    await note.locator('button', { hasText: 'Show the place' }).click()
    const marked = (await page.evaluate(
      `(({ value, selectionStart, selectionEnd }) => value.slice(selectionStart, selectionEnd))(document.getElementById('sql'))`,
    )) as string
    expect(marked).toBe('FORM')
    await close()
  })

  it('says that rows were cut off, puts names into the question, and exports', async () => {
    const { page, faults, close } = await open('lang=en&q=SELECT%20everything')
    await page.locator('#answer footer', { hasText: 'the first 300 are shown' }).waitFor()
    await page.locator('#sql').fill('SELECT ')
    await page.locator('#tables button', { hasText: 'worst' }).click()
    expect(await page.locator('#sql').inputValue()).toBe('SELECT worst')
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('#answer button', { hasText: 'CSV' }).click(),
    ])
    expect(file.suggestedFilename()).toBe('answer.csv')
    expect(readFileSync(await file.path(), 'utf8')).toContain('rows')
    expect(faults).toEqual([])
    await close()
  })
})
