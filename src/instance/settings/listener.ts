import { isIP } from 'node:net'
import { IwError } from '#kernel'
import type { Settings } from './schema.ts'

/** Whether an address to listen on is reached from this machine alone. */
function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.')
  return host === '::1' || host === 'localhost' || host.endsWith('.localhost')
}

/** A listener beyond this machine without TLS would send the token in the clear: `IW_INSTANCE_UNSAFE_LISTENER`. */
export function checkListener({ host, tls }: Settings['http']): void {
  if (isLoopback(host) || tls) return
  throw new IwError('IW_INSTANCE_UNSAFE_LISTENER', `http.host ${host} is reached from other machines, without TLS`)
}
