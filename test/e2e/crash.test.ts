import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

interface Report {
  readonly ok: boolean
  readonly skipped?: string
  readonly early?: number
}

/** Runs a program of test/long and gives what its last line says. */
function run(program: string, ...args: string[]): Report {
  const path = join(import.meta.dirname, '../long', program)
  const { stdout, stderr } = spawnSync(process.execPath, ['-C', 'source', path, ...args], {
    encoding: 'utf8',
    timeout: 170_000,
  })
  const last = stdout.trimEnd().split('\n').at(-1)!
  // It ends with a line of JSON unless it broke off; its first line has the seed.
  if (!last.startsWith('{')) throw new Error(`${program} broke off\n${stdout}${stderr}`)
  console.log(last)
  return JSON.parse(last)
}

describe('a writer that is killed', { timeout: 180_000 }, () => {
  it('loses, tears and doubles nothing that was acknowledged, in 10 rounds of kill -9', () => {
    expect(run('crash.ts', '--rounds', '10')).toMatchObject({ ok: true, lost: 0, torn: 0, wrong: 0, doubled: 0 })
  })

  it('is found out where it acknowledges before it writes', () => {
    expect(run('crash.ts', '--rounds', '3', '--control', 'early')).toMatchObject({ ok: false })
  })
})

describe('the trace of system calls', { timeout: 180_000 }, () => {
  it('shows an fdatasync that succeeded between the write of a batch and its acknowledgement', () => {
    expect(run('trace.ts', '--batches', '60')).toMatchObject({ ok: true })
  })

  it('shows it where a batch is acknowledged too early', (context) => {
    const report = run('trace.ts', '--batches', '20', '--control', 'early')
    if (report.skipped !== undefined) context.skip(report.skipped)
    expect(report).toMatchObject({ ok: false })
    expect(report.early).toBeGreaterThan(0)
  })
})
