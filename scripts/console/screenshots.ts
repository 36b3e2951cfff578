import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

/**
 * Pictures of a running instance for the docs: `node -C source scripts/console/screenshots.ts http://localhost:7070 [NAME…]`.
 * A quarter of an hour after `npm run demo` there is something to see on every line.
 */
const base = process.argv[2] ?? 'http://localhost:7070'
const folder = join(import.meta.dirname, '../../docs/images')
const wide = { viewport: { width: 1440, height: 1000 } }
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
const wall = { viewport: { width: 1920, height: 1080 } }

const question =
  "SELECT date_trunc('hour', time) AS hour, avg(value) AS mean, max(value) AS peak FROM readings WHERE thing = 'main-meter' " +
  "AND property = 'active_power' AND time > now() - INTERVAL '3 days' GROUP BY hour ORDER BY hour"

const pictures = [
  { name: 'home-light-en', path: '/?from=-15m&theme=light&lang=en', options: wide, whole: true },
  { name: 'home-dark-zh', path: '/?from=-15m&theme=dark&lang=zh', options: wide, whole: true },
  {
    name: 'machine-light-en',
    path: '/machines/compressor-1?from=-15m&theme=light&lang=en',
    options: wide,
    whole: true,
  },
  { name: 'machine-dark-zh', path: '/machines/compressor-1?from=-15m&theme=dark&lang=zh', options: wide, whole: true },
  {
    name: 'explore-light-en',
    path: '/explore?tags=compressor-1/line_pressure,kiln-1/zone2_temperature,kiln-1/state,pump-1/flow&from=-3d&theme=light&lang=en',
    options: wide,
    whole: true,
  },
  {
    name: 'explore-dark-zh',
    path: '/explore?tags=compressor-1/line_pressure,compressor-1/state,kiln-fan/vibration&from=-24h&theme=dark&lang=zh',
    options: wide,
    whole: true,
  },
  { name: 'system-light-en', path: '/system?theme=light&lang=en', options: wide, whole: true },
  {
    name: 'sql-light-en',
    path: `/sql?theme=light&lang=en&as=chart&q=${encodeURIComponent(question)}`,
    options: wide,
    whole: true,
  },
  { name: 'home-phone', path: '/?from=-15m&theme=light&lang=zh', options: phone, whole: false },
  { name: 'home-wall', path: '/?from=-15m&theme=dark&view=wall', options: wall, whole: false },
]

mkdirSync(folder, { recursive: true })
const wanted = process.argv.slice(3)
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
})
for (const { name, path, options, whole } of pictures) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const page = await (await browser.newContext(options)).newPage()
  await page.goto(base + path)
  if (path.startsWith('/?') || path.startsWith('/machines')) {
    await page.locator('.val').first().waitFor()
    // The first rate comes from two looks at a counter.
    await page.locator('.strip .val', { hasText: '—' }).waitFor({ state: 'detached' })
  }
  if (path.startsWith('/sql')) await page.locator('.btn.main').click()
  await page.waitForTimeout(path.startsWith('/?') ? 1500 : 6000)
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: whole })
  console.log(name)
  await page.context().close()
}
await browser.close()
