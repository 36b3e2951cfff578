import { rmSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axe, browserMissing, buildConsole, launchBrowser, openPage } from '../fakes/browser.ts'
import { startDemoHouse } from '../fakes/demo-house.ts'

if (browserMissing) console.warn(`SKIPPED, tests of the console in a browser: ${browserMissing}`)

describe.skipIf(browserMissing)('the console of a real instance with twelve machines', () => {
  let folder: string
  let browser: Browser
  let house: Awaited<ReturnType<typeof startDemoHouse>>

  beforeAll(async () => {
    const built = buildConsole()
    house = await startDemoHouse(await built)
    folder = await built
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await house?.stop()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  const open = (path: string, options = {}) => openPage(browser, house.url, path, options)

  for (const [name, path, heading] of [
    ['Home', '/', { en: /machine/, zh: /台设备/ }],
    ['Machine', '/machines/compressor-1', { en: /Compressor 1/, zh: /1 号空压机/ }],
    ['Machine as table', '/machines/kiln-1?as=table', { en: /Kiln 1/, zh: /1 号窑/ }],
    [
      'Explore',
      '/explore?tags=compressor-1/line_pressure,compressor-1/power,compressor-1/state',
      { en: /Explore/, zh: /数据探索/ },
    ],
    ['Explore, nothing chosen', '/explore', { en: /Explore/, zh: /数据探索/ }],
    ['Not found', '/nowhere', { en: /No page/, zh: /没有页面/ }],
  ] as const)
    for (const lang of ['en', 'zh'] as const)
      for (const theme of ['light', 'dark'] as const)
        it(`${name} in ${lang}, ${theme}: axe finds nothing, nothing leaves the host, no error`, async () => {
          const query = `${path.includes('?') ? '&' : '?'}lang=${lang}&theme=${theme}`
          const { page, faults, close } = await open(path + query)
          await page.locator('h1', { hasText: heading[lang] }).waitFor()
          if (name !== 'Not found') await page.locator('.val, table, .choices').first().waitFor()
          if (name === 'Explore') await page.locator('.lane canvas').first().waitFor()
          if (name === 'Machine') await page.locator('.lane .u-over').first().waitFor()
          expect(await page.evaluate('document.documentElement.lang')).toBe(lang === 'zh' ? 'zh-CN' : 'en')
          expect(await axe(page)).toEqual([])
          expect(faults).toEqual([])
          await close()
        })

  it('shows every machine with a value, and values go on changing', async () => {
    const { page, close } = await open('/')
    await page.locator('.mc .val').nth(11).waitFor()
    expect(await page.locator('.mc').count()).toBe(12)
    const value = page.locator('.mc', { hasText: 'Main meter' }).locator('.val')
    const before = await value.textContent()
    await expect.poll(() => value.textContent(), { timeout: 15_000 }).not.toBe(before)
    await close()
  })

  it('is driven by keys alone: search, open, up, home, range, theme', async () => {
    const { page, faults, close } = await open('/')
    await page.locator('.mc .val').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('kiln fan')
    await page.keyboard.press('Enter')
    await page.locator('h1', { hasText: 'Kiln fan' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/machines/kiln-fan')
    await page.keyboard.press('Escape')
    await page.locator('.mc').first().waitFor()
    await page.keyboard.press('j')
    const chosen = (await page.evaluate('document.activeElement.getAttribute("href")')) as string
    expect(chosen).toMatch(/^\/machines\//)
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname + url.search === chosen)
    await page.keyboard.press('g')
    await page.keyboard.press('h')
    await page.waitForURL((url) => url.pathname === '/')
    await page.keyboard.press('[')
    await page.locator('.range-note').waitFor()
    expect(new URL(page.url()).searchParams.has('to')).toBe(true)
    await page.keyboard.press('l')
    await page.locator('.range-note').waitFor({ state: 'detached' })
    await page.keyboard.press('t')
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark')
    await page.keyboard.press('?')
    await page.locator('dialog[open]').waitFor()
    expect(await axe(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    expect(faults).toEqual([])
    await close()
  })

  it('writes to a machine after a review that shows old and new, and says what was read back', async () => {
    const { page, faults, close } = await open('/machines/compressor-1')
    await page.locator('#write .hint', { hasText: '7.00' }).waitFor()
    await page.locator('#write-value').fill('9')
    await page.locator('#write-value').blur()
    await page.locator('#write [role="alert"]', { hasText: 'Too high' }).waitFor()
    await page.locator('#write-value').fill('7.1')
    await page.locator('#write button[type="submit"]').click()
    const dialog = page.locator('dialog[open]')
    await dialog.locator('h2', { hasText: 'Write 7.10 bar to Pressure setpoint of Compressor 1?' }).waitFor()
    expect(await dialog.locator('.change').innerText()).toMatch(/7\.00 bar[\s→]+7\.10 bar/)
    expect(await axe(page)).toEqual([])
    await dialog.locator('button', { hasText: 'Write 7.10 bar' }).click()
    await page.locator('.outcome', { hasText: 'Done' }).waitFor()
    await page.locator('#commands li', { hasText: '7.00 bar → 7.10 bar' }).waitFor()
    const [record] = await house.connect.commands.list({ thing: 'compressor-1', limit: 1 })
    expect(record).toMatchObject({ property: 'pressure_setpoint', value: 7.1, outcome: 'done' })
    expect(faults).toEqual([])
    await close()
  })

  it('adds a machine by its address, and takes it away again with an undo', async () => {
    const { connection } = house.simulator.things.find(({ id }) => id === 'pump-1')!
    const { page, faults, close } = await open('/?dialog=add')
    await page.locator('#add-host').fill(connection.host)
    await page.locator('#add-port').fill(String(connection.port))
    await page.locator('#add-unit').fill(String(connection.unit))
    await page.locator('#add-profile').selectOption('interwork/pump-converter')
    await page.locator('#add-title').fill('Pump 9')
    expect(await axe(page)).toEqual([])
    await page.locator('dialog button[type="submit"]').click()
    await page.waitForURL((url) => url.pathname === '/machines/pump-9')
    await page.locator('.val:not(.doubt)').first().waitFor()
    await page.locator('.menu > button').click()
    await page.locator('[role="menuitem"]', { hasText: 'Remove' }).click()
    await page.locator('dialog button', { hasText: 'Remove Pump 9' }).click()
    await page.locator('.toast button').click()
    await page.locator('.mc', { hasText: 'Pump 9' }).waitFor()
    expect(house.connect.things.get('pump-9')).toBeDefined()
    expect(faults).toEqual([])
    // Removed by somebody else: it goes from this screen too.
    await house.connect.things.remove('pump-9')
    await page.locator('.mc', { hasText: 'Pump 9' }).waitFor({ state: 'detached' })
    await close()
  })

  it('fits a phone: nothing scrolls sideways, and the same is found', async () => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
    for (const path of ['/', '/machines/compressor-1?lang=zh']) {
      const { page, faults, close } = await open(path, phone)
      await page.locator('.val').first().waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
      expect(await axe(page)).toEqual([])
      expect(faults).toEqual([])
      await close()
    }
  })

  it('is as accessible in high contrast and on a wall, where all of it fits one screen', async () => {
    const contrast = await open('/?contrast=more&theme=dark')
    await contrast.page.locator('.mc .val').first().waitFor()
    expect(await axe(contrast.page)).toEqual([])
    await contrast.close()
    const wall = await open('/?view=wall&theme=dark', { viewport: { width: 1920, height: 1080 } })
    await wall.page.locator('.mc .val').first().waitFor()
    expect(await axe(wall.page)).toEqual([])
    expect(await wall.page.evaluate('document.documentElement.scrollHeight - innerHeight')).toBeLessThanOrEqual(0)
    await wall.close()
  })
})
