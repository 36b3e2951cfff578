import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

interface Report {
  readonly whileFull: { readonly storage: { readonly freeBytes: number } }
  readonly after: { readonly missing: number; readonly acknowledged: number; readonly kinds: readonly string[] }
}

const mount = 'd=$(mktemp -d) && mount -t tmpfs -o size=2g tmpfs $d'
const mayMount = spawnSync('unshare', ['-rm', 'sh', '-c', mount]).status === 0

describe('a disk that fills while the program runs', () => {
  it('is said everywhere and answered to nobody as done; all goes on by itself, and nothing acknowledged is lost', {
    timeout: 60_000,
  }, ({ skip }) => {
    if (!mayMount) skip('no file system may be mounted here (unshare -rm)')
    const program = join(import.meta.dirname, '../fakes/full-disk.ts')
    const script = `${mount} && exec "$0" -C source "$1" $d`
    const output = execFileSync('unshare', ['-rm', 'sh', '-c', script, process.execPath, program], { encoding: 'utf8' })
    const report = JSON.parse(output.trimEnd().split('\n').at(-1)!) as Report
    expect(report).toMatchObject({ acceptsAgain: true, goneOn: true, addedAfter: { status: 201 } })
    expect(report.whileFull).toMatchObject({
      refused: { status: 503, retryAfter: '30', said: expect.stringContaining('The disk is full: ') },
      storage: { accepting: false, refusal: { code: 'IW_HISTORIAN_DISK_FULL' } },
      missing: 0,
      eventSeen: true,
      addedThing: { status: 507, code: 'IW_STORAGE_FULL' },
      things: ['scale'],
    })
    expect(report.whileFull.storage.freeBytes).toBeLessThan(100_000)
    expect(report.after.missing).toBe(0)
    expect(report.after.acknowledged).toBeGreaterThanOrEqual(400)
    expect(report.after.kinds).toEqual(expect.arrayContaining(['storage.refusing', 'storage.accepting']))
  })
})
