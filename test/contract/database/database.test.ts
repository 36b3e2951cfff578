import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, it } from 'vitest'
import { silentLogger } from '#kernel'
import { openDatabase } from '#storage'
import { startPostgres } from '../../fakes/postgres.ts'
import { databaseContract } from './contract.ts'

const root = mkdtempSync(join(tmpdir(), 'iw-database-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

databaseContract('SQLite', async () => {
  const folder = mkdtempSync(join(root, 'data-'))
  const open = () => openDatabase({ folder, log: silentLogger })
  return { database: await open(), reopen: open }
})

const postgres = await startPostgres()
if ('missing' in postgres) {
  describe('the state database on PostgreSQL', () => {
    console.warn(`skipped: the database contract on PostgreSQL; ${postgres.missing}`)
    it.skip(`needs a server: ${postgres.missing}`, () => {})
  })
} else {
  afterAll(() => postgres.stop())
  databaseContract('PostgreSQL', async () => {
    const url = await postgres.newDatabase()
    const open = () => openDatabase({ folder: root, log: silentLogger, url })
    return { database: await open(), reopen: open }
  })
}
