import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { build } from 'vite'

const executablePath = '/usr/bin/chromium'
const root = join(import.meta.dirname, '../..')

/** Why tests in a browser cannot run here, said aloud; undefined where they can. */
export const browserMissing = existsSync(executablePath)
  ? undefined
  : 'Chromium is not installed: apt-get install chromium'

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })

/** Builds the console as `npm run build` does, into a folder of its own. */
export async function buildConsole(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'iw-console-built-'))
  await build({ configFile: join(root, 'console/vite.config.ts'), logLevel: 'error', build: { outDir } })
  return outDir
}

export interface WatchedPage {
  readonly page: Page
  /** Errors and warnings of the page's own, and requests that would have left the host: a good page has none. */
  readonly faults: string[]
  close(): Promise<void>
}

/** A page in a context of its own. Requests to any other host are refused and remembered. */
export async function openPage(
  browser: Browser,
  base: string,
  path: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 1000 }, ...options })
  const faults: string[] = []
  const { host } = new URL(base)
  await context.route('**/*', (route) => {
    const url = new URL(route.request().url())
    if (url.host === host || url.protocol === 'data:' || url.protocol === 'blob:') return route.continue()
    faults.push(`left the host: ${url.href}`)
    return route.abort()
  })
  const page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => faults.push(`thrown: ${error.message}`))
  await page.goto(base + path)
  return { page, faults, close: () => context.close() }
}

const axeSource = readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8')

/** What axe-core finds wrong, one line a finding: rule, and where. */
export async function axe(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource)
  const { violations } = (await page.evaluate('axe.run()')) as {
    violations: { id: string; help: string; nodes: { target: string[]; failureSummary?: string }[] }[]
  }
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help} at ${target.join(' ')} ${failureSummary ?? ''}`),
  )
}
