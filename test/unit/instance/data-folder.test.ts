import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dataFormat, openDataFolder } from '../../../src/instance/data-folder.ts'
import { readInstanceFile } from '../../../src/instance/instance-file.ts'

const code = (expected: string) => expect.objectContaining({ code: expected })

describe('the data folder', () => {
  let root: string
  let path: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'iw-folder-'))
    path = join(root, 'deep', 'data')
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  it('is made for its owner alone, with its format and an id that stays', () => {
    const first = openDataFolder(path)
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(readFileSync(join(path, 'FORMAT'), 'utf8')).toBe(`${dataFormat}\n`)
    first.release()
    const second = openDataFolder(path)
    expect(second.id).toBe(first.id)
    second.release()
  })

  it('is closed again when somebody opened it to others', () => {
    openDataFolder(path).release()
    chmodSync(path, 0o755)
    openDataFolder(path).release()
    expect(statSync(path).mode & 0o777).toBe(0o700)
  })

  it('says where the instance answers while it runs, and takes it back', () => {
    const folder = openDataFolder(path)
    const running = { pid: process.pid, url: 'http://localhost:7070', startedAt: 1 }
    folder.announce(running)
    expect(readInstanceFile(path)).toEqual({ id: folder.id, running })
    folder.release()
    expect(readInstanceFile(path)).toEqual({ id: folder.id })
  })

  it('is refused to a second process, naming folder and holder', () => {
    const folder = openDataFolder(path)
    folder.announce({ pid: 4711, url: 'http://localhost:1', startedAt: 1 })
    expect(() => openDataFolder(path)).toThrow(code('IW_INSTANCE_FOLDER_LOCKED'))
    expect(() => openDataFolder(path)).toThrow(`Process 4711 uses ${path}`)
    expect(readInstanceFile(path)?.running?.pid).toBe(4711)
    folder.release()
  })

  it('is refused, untouched, when a newer version wrote it', () => {
    openDataFolder(path).release()
    writeFileSync(join(path, 'FORMAT'), `${dataFormat + 1}\n`)
    expect(() => openDataFolder(path)).toThrow(code('IW_INSTANCE_FOLDER_NEWER'))
    expect(readFileSync(join(path, 'FORMAT'), 'utf8')).toBe(`${dataFormat + 1}\n`)
  })

  it('of an older version becomes one that the older version refuses', () => {
    openDataFolder(path).release()
    writeFileSync(join(path, 'FORMAT'), '1\n')
    openDataFolder(path).release()
    expect(readFileSync(join(path, 'FORMAT'), 'utf8')).toBe('2\n')
  })

  it('is refused when its format is not a number, and can be opened again once that is mended', () => {
    openDataFolder(path).release()
    writeFileSync(join(path, 'FORMAT'), 'one')
    expect(() => openDataFolder(path)).toThrow(code('IW_INSTANCE_FOLDER_UNUSABLE'))
    writeFileSync(join(path, 'FORMAT'), '1\n')
    openDataFolder(path).release()
  })

  it('is never a folder that holds something else', () => {
    mkdirSync(path, { recursive: true })
    writeFileSync(join(path, 'letter.txt'), 'dear')
    chmodSync(path, 0o755)
    expect(() => openDataFolder(path)).toThrow(code('IW_INSTANCE_FOLDER_UNUSABLE'))
    expect(readdirSync(path)).toEqual(['letter.txt'])
    expect(statSync(path).mode & 0o777).toBe(0o755)
  })

  it('is refused when the path is a file', () => {
    mkdirSync(join(root, 'deep'))
    writeFileSync(path, '')
    expect(() => openDataFolder(path)).toThrow(code('IW_INSTANCE_FOLDER_UNUSABLE'))
    expect(existsSync(path)).toBe(true)
  })

  it('gets a new instance.json when the old one is damaged', () => {
    openDataFolder(path).release()
    writeFileSync(join(path, 'instance.json'), '{"id": 7')
    const folder = openDataFolder(path)
    expect(folder.id).toMatch(/^[0-9a-f-]{36}$/)
    folder.release()
  })
})
