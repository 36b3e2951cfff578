import { rmSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axe, browserMissing, buildConsole, launchBrowser, openPage } from '../fakes/browser.ts'
import { startDemoHouse } from '../fakes/demo-house.ts'

if (browserMissing) console.warn(`SKIPPED, tests of the console in a browser: ${browserMissing}`)

describe.skipIf(browserMissing)('a file brought in through the console', () => {
  let folder: string
  let browser: Browser
  let house: Awaited<ReturnType<typeof startDemoHouse>>

  beforeAll(async () => {
    folder = await buildConsole()
    house = await startDemoHouse(folder)
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await house?.stop()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  const rows = Array.from(
    { length: 2_000 },
    (_, row) =>
      `2026-03-01 ${String(row % 24).padStart(2, '0')}:00:${String(row % 60).padStart(2, '0')};${row},5;${row === 7 ? 'x' : row}`,
  )
  const file = {
    name: 'press 9.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`time;temp [°C];count\n${rows.join('\n')}\n`),
  }

  it('is looked at first, then stored, with what could not be taken', async () => {
    const { page, faults, close } = await openPage(browser, house.url, '/system?lang=en')
    await page.locator('#import-file').setInputFiles(file)
    const card = page.locator('#import')
    await card.getByText('Of the first rows 1,999 are good, 1 bad.').waitFor()
    await card.getByText('press-9/temp').waitFor()
    expect(await axe(page)).toEqual([])
    await card.getByRole('button', { name: /^Import / }).click()
    await card.getByText('1,999 rows, 3,998 readings.').waitFor()
    const address = await card.getByRole('link', { name: '1 rows were not taken' }).getAttribute('href')
    const csv = await page.evaluate(`fetch(${JSON.stringify(address)}).then((answer) => answer.text())`)
    expect(csv).toContain('9,number,count,x')
    await page.locator('#jobs').getByText('Import press 9.csv').waitFor()
    expect(await axe(page)).toEqual([])
    expect(faults).toEqual([])
    await close()
  })

  it('is refused in words that say what to do, in Chinese too', async () => {
    const { page, close } = await openPage(browser, house.url, '/system?lang=zh')
    await page.locator('#import-file').setInputFiles({ ...file, buffer: Buffer.from('a,b\n1,2\n') })
    await page.locator('#import').getByText('IW_CONNECT_IMPORT_PLAN').waitFor()
    expect(await axe(page)).toEqual([])
    await close()
  })
})
