import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Generated, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Database, Migration } from '#ports'

interface Shelf {
  shelf_box: {
    id: string
    title: string
    open: number | boolean
    weight: number | null
    count: string | bigint
    content: Uint8Array | null
    version: Generated<number>
  }
}

/** The table of the tests; bytes are the one type whose name differs between the engines. */
const boxes = (engine: Database['engine']): Migration => ({
  name: '0001-boxes',
  up: async (database) => {
    await database.schema
      .createTable('shelf_box')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('title', 'text', (column) => column.notNull())
      .addColumn('open', 'integer', (column) => column.notNull())
      .addColumn('weight', 'double precision')
      .addColumn('count', 'text', (column) => column.notNull())
      .addColumn('content', sql.raw(engine === 'sqlite' ? 'blob' : 'bytea'))
      .addColumn('version', 'integer', (column) => column.notNull().defaultTo(1))
      .execute()
  },
})

/** An opened database and how to open the same one again. */
export interface Opened {
  readonly database: Database
  reopen(): Promise<Database>
}

/** What every adapter of the port `Database` promises. `make` opens a new, empty one. */
export function databaseContract(name: string, make: () => Promise<Opened>): void {
  describe(`the state database on ${name}`, () => {
    let opened: Opened
    let database: Database
    const row = (id: string) => ({ id, title: `box ${id}`, open: false, weight: 1.5, count: 7n, content: null })
    const titles = async () =>
      (await database.tables<Shelf>().selectFrom('shelf_box').select('title').orderBy('id').execute()).map(
        ({ title }) => title,
      )
    const add = (id: string) => database.tables<Shelf>().insertInto('shelf_box').values(row(id)).execute()
    let migration: Migration

    beforeEach(async () => {
      opened = await make()
      database = opened.database
      migration = boxes(database.engine)
      await database.migrate('shelf', [migration])
    })
    afterEach(() => database.close())

    it('gives back what was stored: text of any script, fractions, booleans as 0 and 1, 64-bit integers as text, bytes', async () => {
      const content = Uint8Array.from([0, 255, 10])
      await database
        .tables<Shelf>()
        .insertInto('shelf_box')
        .values({ id: 'a', title: '总进线电表 "x"', open: true, weight: -0.1, count: 2n ** 63n - 1n, content })
        .execute()
      const found = await database.tables<Shelf>().selectFrom('shelf_box').selectAll().executeTakeFirstOrThrow()
      expect({ ...found, content: [...found.content!] }).toEqual({
        id: 'a',
        title: '总进线电表 "x"',
        open: 1,
        weight: -0.1,
        count: '9223372036854775807',
        content: [0, 255, 10],
        version: 1,
      })
    })

    it('refuses a value that the engines would store differently', async () => {
      const wrong = { ...row('a'), title: new Date() as never }
      await expect(database.tables<Shelf>().insertInto('shelf_box').values(wrong).execute()).rejects.toThrow(/Date/)
    })

    it('keeps what was committed when it is opened again', async () => {
      await add('a')
      await database.close()
      database = await opened.reopen()
      await database.migrate('shelf', [migration])
      expect(await titles()).toEqual(['box a'])
    })

    it('lets one write fail alone among many made at the same moment', async () => {
      const outcomes = await Promise.allSettled(['a', 'b', 'a', 'c'].map((id) => add(id)))
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
      expect(await titles()).toEqual(['box a', 'box b', 'box c'])
    })

    it('undoes a transaction that throws, and hands on what was thrown', async () => {
      const attempt = database.transaction<Shelf, void>(async (transaction) => {
        await transaction.insertInto('shelf_box').values(row('a')).execute()
        throw new Error('changed my mind')
      })
      await expect(attempt).rejects.toThrow('changed my mind')
      expect(await titles()).toEqual([])
    })

    it('shows nobody the inside of a transaction before it ends', async () => {
      const inside = Promise.withResolvers<void>()
      const seen: string[][] = []
      const transaction = database.transaction<Shelf, void>(async (given) => {
        await given.insertInto('shelf_box').values(row('a')).execute()
        inside.resolve()
        await given.insertInto('shelf_box').values(row('b')).execute()
      })
      await inside.promise
      const reading = titles().then((list) => seen.push(list))
      await Promise.all([transaction, reading])
      expect(seen.every((list) => list.length === 0 || list.length === 2)).toBe(true)
      expect(await titles()).toEqual(['box a', 'box b'])
    })

    it('runs transactions that are begun at the same moment without losing one', async () => {
      await add('a')
      const increments = Array.from({ length: 20 }, () =>
        database.transaction<Shelf, void>(async (transaction) => {
          await transaction
            .updateTable('shelf_box')
            .set(({ eb }) => ({ version: eb('version', '+', 1) }))
            .execute()
        }),
      )
      await Promise.all(increments)
      const found = await database.tables<Shelf>().selectFrom('shelf_box').select('version').executeTakeFirstOrThrow()
      expect(found.version).toBe(21)
    })

    it('counts the rows an update with an outdated version changed: none', async () => {
      await add('a')
      const update = (version: number) =>
        database
          .tables<Shelf>()
          .updateTable('shelf_box')
          .set({ title: 'new', version: version + 1 })
          .where('id', '=', 'a')
          .where('version', '=', version)
          .executeTakeFirstOrThrow()
      expect((await update(1)).numUpdatedRows).toBe(1n)
      expect((await update(1)).numUpdatedRows).toBe(0n)
    })

    it('applies a migration once, and only those not applied yet', async () => {
      const colours: Migration = {
        name: '0002-colours',
        up: async (given) => {
          await given.schema.alterTable('shelf_box').addColumn('colour', 'text').execute()
        },
      }
      await database.migrate('shelf', [migration, colours])
      await database.migrate('shelf', [migration, colours])
      const rows = await database
        .tables<{ storage_migration: { room: string; name: string } }>()
        .selectFrom('storage_migration')
        .select(['room', 'name'])
        .orderBy('name')
        .execute()
      expect(rows.map((found) => found.name)).toEqual(['0001-boxes', '0002-colours'])
    })

    it('undoes a migration that fails half way, and says which', async () => {
      const broken: Migration = {
        name: '0002-broken',
        up: async (given) => {
          await given.schema.createTable('shelf_lid').addColumn('id', 'text').execute()
          await sql`select nothing from nowhere`.execute(given)
        },
      }
      await expect(database.migrate('shelf', [migration, broken])).rejects.toMatchObject({
        code: 'IW_STORAGE_MIGRATION',
        message: expect.stringContaining('shelf/0002-broken'),
      })
      const tables = await database.tables().introspection.getTables()
      expect(tables.map((table) => table.name)).not.toContain('shelf_lid')
    })

    it('writes all that is committed into a file of its own, or says that the engine has its own way', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'iw-state-backup-'))
      try {
        await add('kept')
        const made = await database.backup(join(folder, 'state.db'))
        expect(made).toBe(database.engine === 'sqlite')
        if (!made) return expect(readdirSync(folder)).toEqual([])
        const copy = new DatabaseSync(join(folder, 'state.db'), { readOnly: true })
        expect(copy.prepare('select count(*) as boxes from shelf_box').get()).toEqual({ boxes: 1 })
        copy.close()
      } finally {
        rmSync(folder, { recursive: true })
      }
    })

    it('refuses a database that a newer version has migrated', async () => {
      await database.migrate('shelf', [migration, { name: '0002-later', up: async () => {} }])
      await expect(database.migrate('shelf', [migration])).rejects.toMatchObject({
        code: 'IW_STORAGE_MIGRATION',
        message: expect.stringContaining('newer version'),
      })
    })
  })
}
