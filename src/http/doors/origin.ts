import { IwError } from '#kernel'
import type { HttpOptions } from '../house.ts'
import type { Door, Visit } from './door.ts'

/** A page of another origin may not ask, unless http.origins names it. Upgrades to WebSocket included. */
export const checkOrigin: Door = (visit, { settings }) => {
  const { origin } = visit.headers
  if (origin === undefined || isConfigured(origin, settings)) return
  if (!isSame(visit, settings)) throw new IwError('IW_HTTP_ORIGIN', `Pages of ${origin.slice(0, 100)} may not ask`)
  if (visit.route?.notFromPages) throw new IwError('IW_HTTP_ORIGIN', 'This address does not take requests by web pages')
}

/** The page's origin where http.origins names it: it needs CORS headers to read the reply. */
export function configuredOrigin(visit: Visit, { settings }: HttpOptions): string | undefined {
  const { origin } = visit.headers
  return origin !== undefined && isConfigured(origin, settings) ? origin : undefined
}

const isConfigured = (origin: string, { origins }: HttpOptions['settings']) => origins.includes(origin)

function isSame({ headers }: Visit, { tls }: HttpOptions['settings']): boolean {
  return headers.origin === `${tls ? 'https' : 'http'}://${headers.host}`
}
