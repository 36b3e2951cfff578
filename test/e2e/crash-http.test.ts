import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

interface Report {
  readonly ok: boolean
  readonly acknowledged: number
  readonly lost: number
}

function run(...args: string[]): Report {
  const path = join(import.meta.dirname, '../long/crash-http.ts')
  const { stdout } = spawnSync(process.execPath, ['-C', 'source', path, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 110_000,
  })
  const last = stdout.trimEnd().split('\n').at(-1)!
  // It ends with a line of JSON unless it broke off; its first line has the seed.
  if (!last.startsWith('{')) throw new Error(`crash-http.ts broke off\n${stdout}`)
  console.log(last)
  return JSON.parse(last)
}

describe('the program, killed under line protocol of several senders', { timeout: 120_000 }, () => {
  it('has every line it answered with 204, once and as it was sent, in 3 rounds of kill -9', () => {
    const report = run('--rounds', '3')
    expect(report).toMatchObject({ ok: true, lost: 0, wrong: 0, doubled: 0, unasked: 0 })
    expect(report.acknowledged).toBeGreaterThan(0)
  })

  it('is found out where lines count as answered that were only sent', () => {
    const report = run('--rounds', '1', '--control', 'early')
    expect(report.ok).toBe(false)
    expect(report.lost).toBeGreaterThan(0)
  })
})
