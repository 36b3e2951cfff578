import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '#kernel'
import type { Migration } from '#ports'
import { openDatabase } from '#storage'

interface Notes {
  note: { id: string }
}

const notes: Migration = {
  name: '0001-notes',
  up: async (database) => {
    await database.schema
      .createTable('note')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .execute()
  },
}
const nothing = (name: string): Migration => ({ name, up: async () => {} })

describe('state.db', () => {
  let folder: string
  const open = () => openDatabase({ folder, log: silentLogger })

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'iw-sqlite-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('syncs every commit to disk and keeps foreign keys', async () => {
    const database = await open()
    const pragma = async (name: string) =>
      Object.values((await sql.raw(`pragma ${name}`).execute(database.tables())).rows[0] as object)[0]
    expect(await pragma('journal_mode')).toBe('wal')
    expect(await pragma('synchronous')).toBe(2)
    expect(await pragma('foreign_keys')).toBe(1)
    await database.close()
  })

  it('is readable by its owner alone', async () => {
    const database = await open()
    expect(statSync(join(folder, 'state.db')).mode & 0o777).toBe(0o600)
    await database.close()
  })

  it('says that the disk is full, takes nothing by half, and goes on when there is space', async () => {
    const database = await open()
    await database.migrate('notes', [notes])
    const { rows } = await sql.raw<{ page_count: number }>('pragma page_count').execute(database.tables())
    const pages = (most: number) => sql.raw(`pragma max_page_count = ${most}`).execute(database.tables())
    const add = (id: string) => database.tables<Notes>().insertInto('note').values({ id }).execute()
    await pages(rows[0]!.page_count)
    const large = 'x'.repeat(20_000)
    await expect(add(large)).rejects.toMatchObject({ code: 'IW_STORAGE_FULL' })
    const transaction = database.tables<Notes>().transaction()
    await expect(
      transaction.execute((inside) => inside.insertInto('note').values({ id: large }).execute()),
    ).rejects.toMatchObject({ code: 'IW_STORAGE_FULL' })
    await pages(1_000)
    await add(large)
    expect(await database.tables<Notes>().selectFrom('note').select('id').execute()).toEqual([{ id: large }])
    await database.close()
  })

  it('commits the writes of one moment together', async () => {
    const database = await open()
    await database.migrate('notes', [notes])
    const versionsSeen = new DatabaseSync(join(folder, 'state.db'), { readOnly: true })
    const dataVersion = () =>
      (versionsSeen.prepare('pragma data_version').get() as { data_version: number }).data_version
    const frames = () => statSync(join(folder, 'state.db-wal')).size
    const insert = (id: number) =>
      database
        .tables<Notes>()
        .insertInto('note')
        .values({ id: `n${id}` })
        .execute()
    dataVersion()
    const before = frames()
    await Promise.all(Array.from({ length: 100 }, (_, id) => insert(id)))
    const grownTogether = frames() - before
    for (let id = 100; id < 110; id++) await insert(id)
    const grownOneByOne = frames() - before - grownTogether
    expect(grownTogether).toBeLessThan(grownOneByOne)
    versionsSeen.close()
    await database.close()
  })

  it('refuses a query beside the transaction it is made in, instead of waiting for ever', async () => {
    const database = await open()
    await database.migrate('notes', [notes])
    const attempt = database.transaction<Notes, void>(async () => {
      await database.tables<Notes>().insertInto('note').values({ id: 'a' }).execute()
    })
    await expect(attempt).rejects.toMatchObject({ code: 'IW_KERNEL_BUG' })
    await database.tables<Notes>().insertInto('note').values({ id: 'b' }).execute()
    await database.close()
  })

  it('finishes what is under way before it closes', async () => {
    const database = await open()
    await database.migrate('notes', [notes])
    const write = database.tables<Notes>().insertInto('note').values({ id: 'a' }).execute()
    await new Promise((resolve) => setImmediate(resolve))
    await database.close()
    await write
    const file = new DatabaseSync(join(folder, 'state.db'))
    expect(file.prepare('select id from note').all()).toEqual([{ id: 'a' }])
    file.close()
  })

  it('refuses what is asked of it after it was closed', async () => {
    const database = await open()
    await database.migrate('notes', [notes])
    await database.close()
    await expect(database.tables<Notes>().insertInto('note').values({ id: 'late' }).execute()).rejects.toThrow()
  })

  it('makes no backup of a database that is new', async () => {
    const database = await open()
    await database.migrate('notes', [notes])
    await database.migrate('other', [nothing('0001-other')])
    await database.close()
    expect(readdirSync(folder).filter((name) => name.includes('before'))).toEqual([])
  })

  it('copies a database in use before the first migration that changes it', async () => {
    const first = await open()
    await first.migrate('notes', [notes])
    await first.tables<Notes>().insertInto('note').values({ id: 'kept' }).execute()
    await first.close()

    const second = await open()
    await second.migrate('notes', [notes, nothing('0002-more'), nothing('0003-yet-more')])
    await second.close()
    expect(readdirSync(folder).filter((name) => name.includes('before'))).toEqual(['state.db.before-notes-0002-more'])
    const copy = new DatabaseSync(join(folder, 'state.db.before-notes-0002-more'), { readOnly: true })
    expect(copy.prepare('select id from note').all()).toEqual([{ id: 'kept' }])
    copy.close()
  })

  it('does not migrate when no backup can be made', async () => {
    const first = await open()
    await first.migrate('notes', [notes])
    await first.close()
    const second = await open()
    const inTheWay = join(folder, 'state.db.before-notes-0002-more')
    await import('node:fs/promises').then(({ mkdir }) => mkdir(inTheWay))
    await expect(second.migrate('notes', [notes, nothing('0002-more')])).rejects.toMatchObject({
      code: 'IW_STORAGE_MIGRATION',
    })
    await second.close()
  })

  it('refuses a file that is no database, naming it', async () => {
    writeFileSync(join(folder, 'state.db'), 'this is a letter, not a database. '.repeat(40))
    await expect(open()).rejects.toMatchObject({
      code: 'IW_STORAGE_OPEN',
      message: expect.stringContaining('state.db'),
    })
    expect(existsSync(join(folder, 'state.db-wal'))).toBe(false)
  })

  it('refuses migrations whose names do not ascend', async () => {
    const database = await open()
    await expect(database.migrate('notes', [nothing('0002-b'), nothing('0001-a')])).rejects.toMatchObject({
      code: 'IW_KERNEL_BUG',
    })
    await database.migrate('notes', [nothing('0002-b')])
    await expect(database.migrate('notes', [nothing('0001-a'), nothing('0002-b')])).rejects.toMatchObject({
      code: 'IW_STORAGE_MIGRATION',
    })
    await database.close()
  })
})
