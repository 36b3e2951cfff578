import { rmSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { axe, browserMissing, buildConsole, launchBrowser, openPage, type WatchedPage } from '../fakes/browser.ts'
import { type Script, startConsoleApi } from '../fakes/console-api.ts'
import { plantStart } from '../fakes/console-plant.ts'

if (browserMissing) console.warn(`SKIPPED, tests of the console in a browser: ${browserMissing}`)

describe.skipIf(browserMissing)('the console in states that a plant reaches by luck', () => {
  let folder: string
  let browser: Browser
  let script: Script
  let api: Awaited<ReturnType<typeof startConsoleApi>>
  let watched: WatchedPage | undefined

  beforeAll(async () => {
    folder = await buildConsole()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    script = {}
    api = await startConsoleApi(folder, script)
  })
  afterEach(async () => {
    await watched?.close()
    watched = undefined
    await api.close()
  })

  async function open(path: string) {
    watched = await openPage(browser, api.url, path)
    return watched.page
  }

  it('is never empty: without a machine it says why, and what to do', async () => {
    script.empty = true
    const page = await open('/')
    await page.locator('h1', { hasText: 'No machine yet' }).waitFor()
    expect(await page.locator('.empty').innerText()).toContain('npm run demo')
    expect(await axe(page)).toEqual([])
    await page.locator('.empty button').click()
    await page.locator('dialog[open] h2').waitFor()
    expect(watched!.faults).toEqual([])
  })

  it('says what failed, with the code and the remedy, and comes back by itself', async () => {
    script.failing = { code: 'IW_HISTORIAN_STOPPED', message: 'The historian is stopping.', remedy: 'Wait a moment.' }
    const page = await open('/')
    const note = page.locator('.note.error')
    await note.waitFor()
    expect(await note.innerText()).toMatch(/The historian is stopping\.\s+Wait a moment\.[\s\S]*IW_HISTORIAN_STOPPED/)
    expect(await note.locator('.acts button').innerText()).toBe('Try now')
    expect(await axe(page)).toEqual([])
    delete script.failing
    await page.locator('.mc').first().waitFor()
    await note.waitFor({ state: 'detached' })
  })

  it('draws nothing as live while the connection is lost, says since when, and goes on when it is back', async () => {
    const page = await open('/')
    const value = page.locator('.mc', { hasText: 'Air dryer' }).locator('.val')
    await value.waitFor()
    await expect.poll(() => api.listeners()).toBe(1)
    expect(await value.getAttribute('class')).not.toContain('doubt')
    script.failing = { code: 'IW_HISTORIAN_STOPPED', message: 'stopping', remedy: '' }
    api.cut()
    await page.locator('.lost-note').waitFor()
    expect(await value.getAttribute('class')).toContain('doubt')
    expect(await axe(page)).toEqual([])
    delete script.failing
    await page.locator('.lost-note').waitFor({ state: 'detached' })
    expect(await value.getAttribute('class')).not.toContain('doubt')
  })

  it('takes live readings, and shows a value that is none by its last good one, in doubt, with the word', async () => {
    const page = await open('/')
    const card = page.locator('.mc', { hasText: 'Air dryer' })
    await card.locator('.val', { hasText: '3.1' }).waitFor()
    await expect.poll(() => api.listeners()).toBe(1)
    const at = plantStart + 1e6
    const tag = 7
    api.send({ type: 'readings', at, readings: [[tag, at, 4.25, 'good']] })
    await card.locator('.val', { hasText: '4.3' }).waitFor()
    api.send({ type: 'readings', at, readings: [[tag, at + 1e6, null, 'comm_error']] })
    await card.locator('.qual', { hasText: 'no answer' }).waitFor()
    expect(await card.locator('.val.doubt').innerText()).toMatch(/^4\.3/)
  })

  it('repeats what is abnormal above the machines: shape, letter and words, worst first', async () => {
    const page = await open('/')
    const needs = page.locator('#needs li')
    await needs.nth(2).waitFor()
    const rows = await needs.allInnerTexts()
    expect(rows[0]).toMatch(/Silo 1[\s\S]*beyond what its sensor can measure/)
    expect(rows[1]).toMatch(/Compressor 1[\s\S]*below its normal 6\.60–7\.40/)
    expect(rows[2]).toMatch(/Pump 3[\s\S]*No answer on 192\.168\.4\.21:504\. Tried 14 times\./)
    const marks =
      'Array.from(document.querySelectorAll("#needs svg[role=img]"), (mark) => mark.getAttribute("aria-label"))'
    expect(await page.evaluate(marks)).toEqual(['Medium priority', 'Low priority'])
    expect(await page.locator('h1').innerText()).toBe('One of four machines is normal. Three need you.')
  })

  it('says first that nothing is stored when the disk refuses', async () => {
    script.refusing = true
    const page = await open('/')
    await page.locator('h1', { hasText: 'Nothing is being stored' }).waitFor()
    await page.locator('#needs li', { hasText: 'IW_HISTORIAN_DISK_FULL' }).waitFor()
    expect(await axe(page)).toEqual([])
  })

  for (const [outcome, says] of [
    ['unknown', 'Not known whether it took effect'],
    ['failed', 'the machine did not take it'],
    ['refused', 'nothing was sent'],
  ] as const)
    it(`calls an outcome that is ${outcome} just that, with its code`, async () => {
      script.outcome = outcome
      const page = await open('/machines/compressor-1')
      await page.locator('#write-value').fill('7.1')
      await page.locator('#write button[type="submit"]').click()
      await page.locator('dialog button', { hasText: 'Write 7.10 bar' }).click()
      const note = page.locator('.outcome')
      await note.waitFor()
      expect(await note.innerText()).toContain(says)
      expect(await note.locator('code').innerText()).toMatch(/^IW_COMMAND_/)
      expect(api.written).toHaveLength(1)
      expect(await axe(page)).toEqual([])
    })

  it('does not write when the review is left with Esc, and gives the focus back', async () => {
    const page = await open('/machines/compressor-1')
    await page.locator('#write-value').fill('7.1')
    await page.locator('#write-value').press('Enter')
    await page.locator('dialog[open]').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement.id')).toBe('write-value')
    expect(new URL(page.url()).pathname).toBe('/machines/compressor-1')
    expect(api.written).toEqual([])
  })

  it('keeps the form and says why when a machine is not taken', async () => {
    script.refuseThing = true
    const page = await open('/?dialog=add')
    await page.locator('#add-host').fill('192.168.4.40')
    await page.locator('#add-id').fill('compressor-1')
    await page.locator('dialog button[type="submit"]').click()
    await page.locator('dialog .note.error', { hasText: 'IW_CONNECT_THING_EXISTS' }).waitFor()
    expect(await page.locator('#add-host').inputValue()).toBe('192.168.4.40')
    expect(api.added).toEqual([])
    expect(await axe(page)).toEqual([])
  })

  it('shows an exact integer beyond 2^53, and what may be written in the address', async () => {
    const page = await open('/machines/compressor-1?filter=energy')
    await page.locator('td b', { hasText: '9,007,199,254,740,993' }).waitFor()
    expect(await page.locator('tbody tr').count()).toBe(1)
    await page.goto(`${api.url}/machines/compressor-1?write=enabled&lang=zh`)
    await page.locator('h2', { hasText: '写入启用' }).waitFor()
  })

  it('goes back to where one was', async () => {
    const page = await open('/')
    await page.locator('.mc', { hasText: 'Silo 1' }).click()
    await page.locator('h1', { hasText: 'Silo 1' }).waitFor()
    // A thing of the settings file cannot be removed here.
    await page.locator('.menu > button').click()
    expect(await page.locator('[role="menuitem"]').allInnerTexts()).toEqual([
      'Export Level as CSV',
      'Copy the API call',
    ])
    await page.keyboard.press('Escape')
    await page.goBack()
    await page.locator('#needs').waitFor()
    expect(watched!.faults).toEqual([])
  })
})
