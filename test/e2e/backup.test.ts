import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ProgramFolder, type RunningProgram } from '../fakes/program.ts'

let folder: ProgramFolder
beforeEach(() => {
  folder = new ProgramFolder()
})
afterEach(() => folder.close())

const begin = 1_767_225_600_000
const rowsEach = 50

/** Sends requests one after another until told to stop; counts those that were acknowledged. */
function sender({ url }: RunningProgram) {
  const sent = { acknowledged: 0, stopped: false }
  const done = (async () => {
    while (!sent.stopped) {
      const first = sent.acknowledged * rowsEach
      const lines = Array.from({ length: rowsEach }, (_, row) => `scale weight=${first + row} ${begin + first + row}`)
      const reply = await fetch(`${url}/write?precision=ms`, { method: 'POST', body: lines.join('\n') })
      expect(reply.status).toBe(204)
      sent.acknowledged++
    }
  })()
  const stop = () => {
    sent.stopped = true
    return done
  }
  return { sent, stop }
}

async function stored({ url }: RunningProgram): Promise<readonly number[]> {
  const path = '/api/v1/things/scale/properties/weight/readings?from=2025-12-31&to=2026-01-03&limit=100000'
  return ((await (await fetch(url + path)).json()) as { value: number[] }).value
}

it('backs up while readings arrive, and restores every reading that was acknowledged before', {
  timeout: 90_000,
}, async () => {
  const program = await folder.start()
  const { sent, stop } = sender(program)
  while (sent.acknowledged < 40) await new Promise((resolve) => setTimeout(resolve, 20))
  const before = sent.acknowledged
  const made = await folder.run('backup', '--data', folder.data, '--json')
  expect(made.code, made.err).toBe(0)
  await stop()
  const backup = JSON.parse(made.out) as { folder: string; rows: number; tags: number }
  expect(backup.rows).toBeGreaterThanOrEqual(before * rowsEach)
  await program.end('SIGKILL')

  const restored = new ProgramFolder(join(folder.path, 'second'))
  mkdirSync(restored.path)
  try {
    const answer = await restored.run('restore', backup.folder, '--data', restored.data, '--json')
    expect(answer.code, answer.err).toBe(0)
    expect(JSON.parse(answer.out)).toMatchObject({ rows: backup.rows, tags: backup.tags, state: true })
    const again = await restored.start()
    const values = await stored(again)
    expect(values).toEqual(Array.from({ length: backup.rows }, (_, index) => index))
    const things = (await (await fetch(`${again.url}/api/v1/things`)).json()) as { things: { id: string }[] }
    expect(things.things.map(({ id }) => id)).toContain('scale')
    // And it goes on: what is sent now is stored behind.
    const more = sender(again)
    while (more.sent.acknowledged < 1) await new Promise((resolve) => setTimeout(resolve, 10))
    await more.stop()
    expect(await again.end('SIGTERM')).toBe(0)
  } finally {
    await restored.close()
  }
})

it('refuses a damaged backup by the name of the file, and leaves nothing behind', { timeout: 60_000 }, async () => {
  const program = await folder.start()
  const { sent, stop } = sender(program)
  while (sent.acknowledged < 5) await new Promise((resolve) => setTimeout(resolve, 10))
  await stop()
  const { out } = await folder.run('backup', '--data', folder.data, '--json')
  await program.end('SIGTERM')
  const backup = (JSON.parse(out) as { folder: string }).folder
  const journal = join(backup, 'readings', 'journal')
  const name = readdirSync(journal)[0]!
  const bytes = readFileSync(join(journal, name))
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(join(journal, name), bytes)

  const target = join(folder.path, 'restored')
  const { code, err } = await folder.run('restore', backup, '--data', target)
  expect(code).toBe(1)
  expect(err).toContain(`readings/journal/${name} is damaged`)
  expect(err).toContain('IW_INSTANCE_BACKUP')
  expect(existsSync(target)).toBe(false)
  expect(readdirSync(folder.path).filter((one) => one.includes('restor'))).toEqual([])
})

it('lists backups and removes one; a folder that is none is refused', { timeout: 60_000 }, async () => {
  const program = await folder.start()
  const { out } = await folder.run('backup', '--data', folder.data, '--json')
  const { id } = JSON.parse(out) as { id: string }
  const list = async () => JSON.parse((await folder.run('backup', '--list', '--data', folder.data, '--json')).out)
  expect((await list()).backups).toMatchObject([{ id, by: 'person', tags: 0, rows: 0 }])
  expect((await folder.run('backup', '--remove', id, '--data', folder.data)).code).toBe(0)
  expect((await list()).backups).toEqual([])
  const missing = await folder.run('backup', '--remove', '../readings', '--data', folder.data)
  expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('IW_INSTANCE_BACKUP') })
  expect(existsSync(join(folder.data, 'readings'))).toBe(true)
  await program.end('SIGTERM')
  const none = await folder.run('restore', folder.data, '--data', join(folder.path, 'new'))
  expect(none).toMatchObject({ code: 1, err: expect.stringContaining('BACKUP.json') })
})
