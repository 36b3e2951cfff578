import { existsSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { chromium } from 'playwright-core'
import { startConsoleApi } from '../test/fakes/console-api.ts'
import { exploreResults } from './console-explore.ts'
import type { Bench, Result } from './harness.ts'

const browserPath = '/usr/bin/chromium'
const folder = `${import.meta.dirname}/../dist/console`
const kib = (bytes: number) => Number((bytes / 1024).toFixed(1))

/**
 * What the first load of each page fetches, as Chromium asks for it, gzip; the API's own answers are not counted. Then how fast
 * Explore draws a year, and what fifty live charts cost.
 */
export const bench: Bench = {
  name: 'console',
  load: 'first load of Home and of a machine with an empty cache, sizes gzip level 9, without headers; one year of a 1 Hz tag; 50 charts at 10 Hz; Chromium without a GPU',
  async run(say): Promise<readonly Result[]> {
    if (!existsSync(browserPath)) throw new Error('Chromium is missing: apt-get install chromium')
    if (!existsSync(`${folder}/index.html`)) throw new Error('The console is not built: npm run build')
    const api = await startConsoleApi(folder, {})
    const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-gpu'] })
    const results: Result[] = []
    try {
      for (const [name, path] of [
        ['Home', '/'],
        ['machine', '/machines/compressor-1'],
      ] as const) {
        const page = await (await browser.newContext()).newPage()
        const sizes = new Map<string, Promise<number>>()
        page.on('response', (response) => {
          const { pathname } = new URL(response.url())
          if (!pathname.startsWith('/api/'))
            sizes.set(
              pathname,
              response.body().then((body) => gzipSync(body, { level: 9 }).length),
            )
        })
        await page.goto(api.url + path)
        await page.locator('h1').waitFor()
        await page.waitForLoadState('load')
        await page.locator('canvas').first().waitFor()
        const listed = await Promise.all([...sizes].map(async ([file, size]) => [file, await size] as const))
        for (const [file, size] of listed) say(`${name}  ${file.padEnd(44)} ${kib(size)} KiB`)
        const total = listed.reduce((sum, [, size]) => sum + size, 0)
        results.push({ name: `first load, ${name}`, value: kib(total), unit: 'KiB', bar: { op: '<=', value: 120 } })
        await page.context().close()
      }
      results.push(...(await exploreResults(browser, say)))
    } finally {
      await browser.close()
      await api.close()
    }
    return results
  },
}
