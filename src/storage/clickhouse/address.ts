import { IwError } from '#kernel'

/** Where a ClickHouse server is, taken apart. `shown` has no user and no password: for messages and logs. */
export interface Address {
  readonly url: string
  readonly username: string
  readonly password: string
  readonly database: string
  readonly shown: string
}

const defaultDatabase = 'interwork'
/** What may stand between backquotes in a statement without a thought. */
const databaseName = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

/**
 * Reads `clickhouse://user:password@host:port/database`; `clickhouses://` is the same over TLS. Ports are those of the HTTP
 * interface: 8123, over TLS 8443. Throws `IW_STORAGE_OPEN`, never with the password.
 */
export function readAddress(address: string): Address {
  const parts = URL.canParse(address) ? new URL(address) : undefined
  const secure = parts?.protocol === 'clickhouses:'
  if (!parts || !(secure || parts.protocol === 'clickhouse:') || parts.hostname === '')
    throw new IwError(
      'IW_STORAGE_OPEN',
      'The address of a ClickHouse server is clickhouse://user:password@host/database',
    )
  const database = decodeURIComponent(parts.pathname.slice(1)) || defaultDatabase
  if (!databaseName.test(database))
    throw new IwError('IW_STORAGE_OPEN', `"${database}" is no name of a database: letters, digits and _ only`)
  const place = `${parts.hostname}:${parts.port || (secure ? '8443' : '8123')}`
  return {
    url: `${secure ? 'https' : 'http'}://${place}`,
    username: decodeURIComponent(parts.username) || 'default',
    password: decodeURIComponent(parts.password),
    database,
    shown: `${parts.protocol}//${place}/${database}`,
  }
}
