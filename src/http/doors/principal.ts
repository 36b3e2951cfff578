import { unwrap } from '#kernel'
import type { Credentials } from '#ports'
import type { Door, Visit } from './door.ts'
import { hostName, isLocalName, isLoopbackAddress } from './host-names.ts'

/** Makes a Principal of what the request shows. Public addresses (the console's files, the document) need none. */
export const findPrincipal: Door = (visit, { authenticator }) => {
  if (visit.route && visit.route.right !== 'none')
    visit.principal = unwrap(authenticator.authenticate(credentialsOf(visit)))
}

/** What a request shows of who asks. */
export function credentialsOf(visit: Visit): Credentials {
  const loopback = isLoopback(visit)
  const bearer = tokenOf(visit)
  return bearer === undefined ? { loopback } : { loopback, bearer }
}

/**
 * From this machine, and asking for a local name. A proxy on this machine speaks for others: what it forwards is not
 * from here.
 */
function isLoopback({ remoteAddress, headers }: Visit): boolean {
  const forwarded = headers['forwarded'] !== undefined || headers['x-forwarded-for'] !== undefined
  return !forwarded && isLoopbackAddress(remoteAddress) && isLocalName(hostName(headers.host ?? ''))
}

function tokenOf({ headers, route, queryString }: Visit): string | undefined {
  const { authorization } = headers
  if (authorization !== undefined) return tokenOfHeader(authorization)
  if (!route?.passwordInQuery) return undefined
  return new URLSearchParams(queryString).get('p') ?? undefined
}

/** RFC 6750 `Bearer`, InfluxDB 2 `Token`, and `Basic` (RFC 7617) whose password is the token, as InfluxDB 1 clients send it. */
function tokenOfHeader(authorization: string): string {
  const [scheme = '', value = ''] = authorization.trim().split(/\s+/, 2)
  if (/^(bearer|token)$/i.test(scheme)) return value
  if (/^basic$/i.test(scheme)) {
    const pair = Buffer.from(value, 'base64').toString('utf8')
    return pair.slice(pair.indexOf(':') + 1)
  }
  return authorization
}
