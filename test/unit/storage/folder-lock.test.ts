import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFolder } from '#storage'

describe('the lock of a data folder', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'iw-lock-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('is refused to a second holder and given again once released', () => {
    const first = lockFolder(folder)
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'IW_INSTANCE_FOLDER_LOCKED' }))
    first.release()
    lockFolder(folder).release()
  })

  it('names the folder when it is refused', () => {
    const lock = lockFolder(folder)
    expect(() => lockFolder(folder)).toThrow(folder)
    lock.release()
  })

  it('keeps other processes out, and is free when its holder is killed', async () => {
    const holder = await lockInAnotherProcess(folder)
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'IW_INSTANCE_FOLDER_LOCKED' }))
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    lockFolder(folder).release()
  })
})

async function lockInAnotherProcess(folder: string): Promise<ChildProcess> {
  const program = `
    const { lockFolder } = await import('#storage')
    lockFolder(${JSON.stringify(folder)})
    console.log('locked')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['-C', 'source', '--input-type=module', '-e', program], {
    cwd: join(import.meta.dirname, '../../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout!, 'data')
  return child
}
