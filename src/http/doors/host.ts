import { IwError } from '#kernel'
import type { Door } from './door.ts'
import { hostName, isLocalName } from './host-names.ts'

/**
 * Only our own names: a foreign page whose name was made to point at this machine (DNS rebinding) sends its own name.
 * RFC 9110 §7.4: 421 for a name this server does not answer for.
 */
export const checkHost: Door = ({ headers, hosts }, { settings }) => {
  // RFC 9112 §3.2: two of them are a bad request; a proxy before us may have believed the other.
  if (hosts.length > 1) throw new IwError('IW_HTTP_BAD_REQUEST', `The request has ${hosts.length} Host headers`)
  const name = hostName(headers.host ?? '')
  if (isLocalName(name)) return
  const own = settings.hosts.some((host) => host.toLowerCase() === name)
  if (!own) throw new IwError('IW_HTTP_HOST', `"${name.slice(0, 100)}" is not a name of this instance`)
}
