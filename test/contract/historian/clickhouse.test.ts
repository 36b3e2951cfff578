import { randomUUID } from 'node:crypto'
import { describe, it } from 'vitest'
import { silentLogger, systemClock } from '#kernel'
import { createClickHouseHistorian } from '#storage'
import { historianContract } from './historian-contract.ts'

/**
 * Runs against the server that IW_CLICKHOUSE names, as clickhouse://user:password@host:8123: each test in a database of its
 * own, which is dropped again. `npm run test:peers -- chdb` gives it ClickHouse's engine from npm behind a small HTTP server.
 */
const server = process.env['IW_CLICKHOUSE']

if (server) historianContract('the historian in ClickHouse', () => inDatabaseOfItsOwn(server))
else
  describe('the historian in ClickHouse', () => {
    it.skip('keeps the promises of a historian: IW_CLICKHOUSE names no server; `npm run test:peers -- chdb` brings one', () => {})
  })

async function inDatabaseOfItsOwn(server: string) {
  const database = `iw_test_${randomUUID().replaceAll('-', '')}`
  const url = new URL(database, `${server.replace(/\/$/, '')}/`).href
  const open = async () => {
    const historian = createClickHouseHistorian({
      url,
      owner: 'test',
      clock: systemClock,
      log: silentLogger,
      groupMs: 0,
    })
    await historian.start()
    return historian
  }
  let present = await open()
  return {
    historian: present,
    async reopen() {
      await present.stop()
      present = await open()
      return present
    },
    async dispose() {
      await present.stop()
      const { hostname, port, username, password } = new URL(server)
      const body = `DROP DATABASE IF EXISTS ${database}`
      const headers = { 'x-clickhouse-user': username || 'default', 'x-clickhouse-key': password }
      await fetch(`http://${hostname}:${port || '8123'}/`, { method: 'POST', body, headers })
    },
  }
}
