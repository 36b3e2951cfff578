import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { IwError, silentLogger, systemClock } from '#kernel'
import {
  discardUnfinished,
  ExportFolder,
  exportedFile,
  exportsFolder,
  findExport,
  listExports,
} from '../../../src/http/exports/export-folder.ts'
import { Jobs, type Working } from '../../../src/http/jobs/jobs.ts'
import { startSurface } from './surface.ts'

const title = { kind: 'export', title: 'everything', unit: 'rows' } as const

/** Work that ends when the test says so. */
function heldWork() {
  const { promise, resolve, reject } = Promise.withResolvers<{ files: number }>()
  let working: Working | undefined
  const work = (job: Working) => {
    working = job
    job.signal.addEventListener('abort', () => reject(new Error('told to end')))
    return promise
  }
  return { work, finish: resolve, fail: reject, job: () => working! }
}

const newJobs = () => new Jobs({ clock: systemClock, log: silentLogger })
const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}

describe('jobs', () => {
  it('tell how far they are, and what came of them', async () => {
    const jobs = newJobs()
    const held = heldWork()
    const { id, state, done } = jobs.start(title, held.work)
    expect({ state, done }).toEqual({ state: 'running', done: 0 })
    held.job().progress(5, 10)
    expect(jobs.get(id)).toMatchObject({ state: 'running', done: 5, total: 10, unit: 'rows' })
    held.finish({ files: 3 })
    await until(() => jobs.get(id).state !== 'running')
    expect(jobs.get(id)).toMatchObject({ state: 'done', result: { files: 3 } })
    expect(jobs.get(id).finishedAt).toBeGreaterThanOrEqual(jobs.get(id).startedAt)
  })

  it('say why they failed, and keep the inner words of a defect to the log', async () => {
    const jobs = newJobs()
    const full = jobs.start(title, () => Promise.reject(new IwError('IW_HISTORIAN_DISK_FULL', 'no room')))
    const broken = jobs.start(title, () => Promise.reject(new Error('secret inner words')))
    await until(() => jobs.list().every(({ state }) => state === 'failed'))
    expect(jobs.get(full.id).error).toMatchObject({ code: 'IW_HISTORIAN_DISK_FULL', message: 'no room' })
    expect(jobs.get(broken.id).error).toMatchObject({ code: 'IW_KERNEL_BUG' })
    expect(JSON.stringify(jobs.list())).not.toContain('secret')
  })

  it('end when they are cancelled, and when everything stops', async () => {
    const jobs = newJobs()
    const [one, other] = [heldWork(), heldWork()]
    const first = jobs.start(title, one.work)
    const second = jobs.start(title, other.work)
    await jobs.cancel(first.id)
    expect(jobs.get(first.id).state).toBe('cancelled')
    await jobs.stop()
    expect(jobs.get(second.id).state).toBe('cancelled')
    await expect(jobs.cancel('none')).rejects.toThrow('no job')
  })

  it('are eight at once, and fifty remembered', async () => {
    const jobs = newJobs()
    const held = Array.from({ length: 8 }, heldWork)
    for (const { work } of held) jobs.start(title, work)
    expect(() => jobs.start(title, heldWork().work)).toThrow(expect.objectContaining({ code: 'IW_HTTP_TOO_MANY' }))
    await jobs.stop()
    const ids: string[] = []
    for (let count = 0; count < 60; count++) {
      const { id } = jobs.start(title, async () => undefined)
      ids.push(id)
      await until(() => jobs.get(id).state === 'done')
    }
    expect(jobs.list().map(({ id }) => id)).toEqual(ids.slice(-50).toReversed())
  })
})

describe('jobs over HTTP', () => {
  let surface: Awaited<ReturnType<typeof startSurface>>
  beforeAll(async () => {
    surface = await startSurface()
  })

  it('are begun, seen and cancelled', async () => {
    const begun = await surface.ask('POST', '/api/v1/merges')
    expect(begun).toMatchObject({ status: 202, json: { kind: 'merge', state: 'running' } })
    const { id } = begun.json
    expect((await surface.ask('GET', '/api/v1/jobs')).json.jobs.map((job: { id: string }) => job.id)).toEqual([id])
    expect((await surface.ask('DELETE', `/api/v1/jobs/${id}`)).status).toBe(204)
    expect((await surface.ask('GET', `/api/v1/jobs/${id}`)).json).toMatchObject({ id, state: 'done' })
    expect(await surface.ask('GET', '/api/v1/jobs/none')).toMatchObject({
      status: 404,
      json: { code: 'IW_HTTP_UNKNOWN_JOB' },
    })
  })

  it('say that there is no export where the historian has no SQL', async () => {
    const reply = await surface.ask('POST', '/api/v1/exports')
    expect(reply).toMatchObject({ status: 501, json: { code: 'IW_HISTORIAN_UNSUPPORTED' } })
    expect((await surface.ask('GET', '/api/v1/exports')).json.exports).toEqual([])
  })
})

describe('the folder of an export', () => {
  const data = mkdtempSync(join(tmpdir(), 'iw-exports-'))
  afterAll(() => rmSync(data, { recursive: true, force: true }))
  const at = Date.UTC(2026, 0, 31, 14, 5, 9) * 1000

  it('is there once it is complete, with checksums', async () => {
    const folder = new ExportFolder(data, at)
    await folder.write('readings/2026-01-31.parquet', ['PAR1', 'PAR1'])
    expect(listExports(data)).toEqual([])
    expect(() => new ExportFolder(data, at)).toThrow('20260131T140509Z')
    const made = await folder.finish({ createdAt: at, rows: 2 })
    expect(listExports(data)).toEqual([made])
    expect(made.files.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['readings/2026-01-31.parquet', 8],
      ['CHECKSUMS', 94],
    ])
    expect(readFileSync(join(made.folder, 'CHECKSUMS'), 'utf8')).toBe(
      `${made.files[0]!.sha256}  readings/2026-01-31.parquet\n`,
    )
  })

  it('gives out only the files it lists', () => {
    const [{ id, folder } = { id: '', folder: '' }] = listExports(data)
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    expect(exportedFile(data, id, 'CHECKSUMS')).toBe(join(folder, 'CHECKSUMS'))
    for (const name of ['../../token', 'notes.txt', '/etc/passwd', 'readings/../export.json', ''])
      expect(() => exportedFile(data, id, name)).toThrow(expect.objectContaining({ code: 'IW_HTTP_UNKNOWN_EXPORT' }))
    for (const wrong of ['..', '.', '../exports', id.toLowerCase()])
      expect(() => findExport(data, wrong)).toThrow(expect.objectContaining({ code: 'IW_HTTP_UNKNOWN_EXPORT' }))
  })

  it('is cleared away where a crash left it half made, and nothing else is', () => {
    const half = new ExportFolder(data, at + 1e6)
    mkdirSync(join(exportsFolder(data), 'mine'))
    discardUnfinished(data)
    expect(() => readFileSync(half.path)).toThrow('ENOENT')
    expect(listExports(data)).toHaveLength(1)
    expect(() => mkdirSync(join(exportsFolder(data), 'mine'))).toThrow('EEXIST')
  })
})
