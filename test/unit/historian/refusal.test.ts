import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LossyFiles } from '../../fakes/lossy-files.ts'
import { batchOf, everything, smallOptions, startedWith, until } from './samples.ts'

const disk = () => new LossyFiles({ random: () => 0.5 })
const one = (n: number) => batchOf([{ tag: 1, time: 1000 + n, value: n, quality: 0 }], { source: 'edge', sequence: n })
const codes = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.map((result) => (result.status === 'fulfilled' ? 'acknowledged' : (result.reason as { code: string }).code))

describe('a disk that is full', () => {
  it('stops acknowledging, says so, and goes on by itself when there is space', async () => {
    const files = disk()
    const historian = await startedWith(smallOptions(files, { segmentBytes: 1 << 20 }))
    await historian.append(one(1))
    files.capacity = 0
    const results = await Promise.allSettled([historian.append(one(2)), historian.append(one(3))])
    expect(codes(results)).toEqual(['IW_HISTORIAN_DISK_FULL', 'IW_HISTORIAN_DISK_FULL'])
    expect(historian.status()).toMatchObject({ accepting: false, refusal: { code: 'IW_HISTORIAN_DISK_FULL' } })
    await expect(historian.append(one(2))).rejects.toMatchObject({ code: 'IW_HISTORIAN_DISK_FULL' })
    await expect(historian.defineTags([{ thing: 'x', property: 'y', type: 'number' }])).rejects.toMatchObject({
      code: 'IW_HISTORIAN_DISK_FULL',
    })
    expect((await historian.append(one(1))).duplicate).toBe(true)
    expect((await everything(historian, 1)).length).toBe(1)
    files.capacity = 1 << 20
    await until(() => historian.status().accepting)
    expect((await historian.append(one(2))).duplicate).toBe(false)
    expect((await historian.append(one(3))).duplicate).toBe(false)
    await historian.stop()
    const again = await startedWith(smallOptions(files))
    expect((await everything(again, 1)).map(({ value }) => value)).toEqual([1, 2, 3])
    expect(again.status().recovery.tornBytes).toBe(0)
    await again.stop()
  })

  it('keeps the reserve free', async () => {
    const files = disk()
    files.capacity = 60_000
    const historian = await startedWith(smallOptions(files, { reserveBytes: 20_000, segmentBytes: 1 << 20 }))
    let outcome = ''
    for (let n = 1; outcome === ''; n++) {
      const [result] = codes(await Promise.allSettled([historian.append(batchOf(manyRows(100, n)))]))
      if (result !== 'acknowledged') outcome = result!
    }
    expect(outcome).toBe('IW_HISTORIAN_DISK_FULL')
    expect(files.layer().space('/').free).toBeGreaterThanOrEqual(20_000)
    files.capacity = 120_000
    await until(() => historian.status().accepting)
    expect(codes(await Promise.allSettled([historian.append(batchOf(manyRows(100)))]))).toEqual(['acknowledged'])
    await historian.stop()
  })

  it('does not call a batch a duplicate whose first sending was refused, even when more was under way', async () => {
    const files = disk()
    const historian = await startedWith(smallOptions(files, { segmentBytes: 1 << 20 }))
    files.capacity = 0
    const refused = Array.from({ length: 50 }, (_, n) => historian.append(one(n + 1)))
    expect(new Set(codes(await Promise.allSettled(refused)))).toEqual(new Set(['IW_HISTORIAN_DISK_FULL']))
    files.capacity = 1 << 20
    await until(() => historian.status().accepting)
    for (let n = 1; n <= 50; n++) expect((await historian.append(one(n))).duplicate).toBe(false)
    expect((await everything(historian, 1)).length).toBe(50)
    await historian.stop()
  })

  const tmpfs = spawnSync('unshare', ['-rm', 'true']).status === 0
  it.skipIf(!tmpfs)(
    `is survived on a real file system of 1 MB${tmpfs ? '' : ' (SKIPPED: unshare -rm is not permitted here)'}`,
    () => {
      const program = join(import.meta.dirname, 'small-disk.ts')
      const script = `d=$(mktemp -d) && mount -t tmpfs -o size=1m tmpfs $d && exec "$0" -C source "$1" $d`
      const output = execFileSync('unshare', ['-rm', 'sh', '-c', script, process.execPath, program], {
        encoding: 'utf8',
      })
      expect(JSON.parse(output.trimEnd().split('\n').at(-1)!)).toMatchObject({
        refusedWith: 'IW_HISTORIAN_DISK_FULL',
        acceptedAgain: true,
        missing: 0,
      })
    },
  )
})

describe('a disk that fails', () => {
  it('acknowledges nothing after a failed fdatasync on that file, and goes on in a new one', async () => {
    const files = disk()
    const historian = await startedWith(smallOptions(files, { segmentBytes: 1 << 20 }))
    await historian.append(one(1))
    files.beforeSync = () => {
      files.beforeSync = () => {}
      throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
    }
    await expect(historian.append(one(2))).rejects.toMatchObject({ code: 'IW_HISTORIAN_DISK_ERROR' })
    const before = files.paths().filter((path) => path.endsWith('.iwj')).length
    await until(() => historian.status().accepting)
    expect((await historian.append(one(2))).duplicate).toBe(false)
    expect(
      files
        .paths()
        .filter((path) => path.endsWith('.iwj'))
        .at(-1),
    ).toMatch(/00000002\.iwj$/)
    expect(before).toBeGreaterThan(0)
    expect((await everything(historian, 1)).map(({ value }) => value)).toEqual([1, 2])
    files.crash()
    await historian.stop()
    const again = await startedWith(smallOptions(files))
    expect((await everything(again, 1)).map(({ value }) => value)).toEqual([1, 2])
    await again.stop()
  })

  it('seals again what could not be sealed, and serves it from memory meanwhile', async () => {
    const files = disk()
    const historian = await startedWith(smallOptions(files, { segmentBytes: 600 }))
    let failures = 0
    files.beforeSync = () => {
      // The second sync of a turn is that of the part.
      if (files.paths().some((path) => path.endsWith('.iw0')) && failures < 1) {
        failures++
        throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
      }
    }
    for (let n = 1; n <= 12; n++) await historian.append(one(n)).catch(() => {})
    expect((await everything(historian, 1)).length).toBeGreaterThan(5)
    await until(() => historian.status().accepting && historian.status().parts > 0)
    for (let n = 1; n <= 12; n++) await historian.append(one(n))
    expect((await everything(historian, 1)).map(({ value }) => value)).toEqual(
      Array.from({ length: 12 }, (_, i) => i + 1),
    )
    expect(failures).toBe(1)
    await historian.stop()
  })
})

describe('more than the disk can take', () => {
  it('is refused as busy and can be sent again', async () => {
    const historian = await startedWith(smallOptions(disk(), { inFlightBytes: 1000, segmentBytes: 1 << 20 }))
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => historian.append(one(n + 1))))
    const outcomes = codes(results)
    expect(outcomes[0]).toBe('acknowledged')
    expect(outcomes).toContain('IW_HISTORIAN_BUSY')
    const first = outcomes.indexOf('IW_HISTORIAN_BUSY') + 1
    expect((await historian.append(one(first))).duplicate).toBe(false)
    await historian.stop()
  })

  it('waits where the head is full, until a segment is sealed', async () => {
    const pageBytes = 16_384 * 21
    const historian = await startedWith(smallOptions(disk(), { headBytes: 3 * pageBytes, segmentBytes: 1 << 30 }))
    const batches = Array.from({ length: 12 }, (_, n) => batchOf(manyRows(10_000, n)))
    await Promise.all(batches.map((batch) => historian.append(batch)))
    const status = historian.status()
    expect(status.headBytes).toBeLessThanOrEqual(3 * pageBytes + 10_000)
    expect(status.parts).toBeGreaterThan(0)
    expect(status.readings).toBe(120_000)
    const series = await historian.read({ tag: 1, from: 0, to: Number.MAX_SAFE_INTEGER, limit: 100_000 })
    expect(series).toMatchObject({ count: 100_000, more: true })
    await historian.stop()
  })
})

const manyRows = (count: number, batch = 0) =>
  Array.from({ length: count }, (_, n) => ({ tag: 1, time: 1000 + batch * count + n, value: n, quality: 0 }))
