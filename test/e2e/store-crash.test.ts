import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Runs the long test of the store and gives what its last line says. */
function run(...args: string[]): { readonly ok: boolean; readonly wrong: number; readonly setAside: number } {
  const path = join(import.meta.dirname, '../long/store.ts')
  const { stdout, stderr } = spawnSync(process.execPath, ['-C', 'source', path, ...args], {
    encoding: 'utf8',
    timeout: 290_000,
  })
  const last = stdout.trimEnd().split('\n').at(-1)!
  if (!last.startsWith('{')) throw new Error(`it broke off\n${stdout}${stderr}`)
  console.log(last)
  return JSON.parse(last)
}

describe('a historian killed while it seals, merges, drops and backs up', { timeout: 300_000 }, () => {
  it('has what an oracle has after each of 4 kills, rollups and backups too', () => {
    const nothing = { lost: 0, wrong: 0, rollupsWrong: 0, setAside: 0 }
    expect(run('--rounds', '4')).toMatchObject({ ok: true, ...nothing })
  })

  it('is found out where it deletes what it merges before the manifest says so', () => {
    const { ok, wrong, setAside } = run('--rounds', '12', '--control', 'remove')
    expect(ok).toBe(false)
    expect(wrong + setAside).toBeGreaterThan(0)
  })
})
