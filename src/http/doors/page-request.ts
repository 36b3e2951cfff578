import { IwError } from '#kernel'
import type { Door } from './door.ts'

/**
 * No state change on a simple request (Fetch §2.2.2 "CORS-safelisted"): a page may send forms and text anywhere without
 * asking first. Addresses that take JSON demand its content type, which is never simple; the others take nothing a
 * browser marks as its own.
 */
export const checkPageRequest: Door = ({ method, headers, route }) => {
  if (!route || method === 'GET' || method === 'HEAD') return
  if (route.notFromPages) {
    if (headers['sec-fetch-site'] !== undefined)
      throw new IwError('IW_HTTP_ORIGIN', 'This address does not take requests by web pages')
    return
  }
  if (route.body === undefined || route.bodyMedia) return
  const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
  if (type !== 'application/json')
    throw new IwError(
      'IW_HTTP_MEDIA_TYPE',
      `The content type is ${type === '' ? 'missing' : `"${type.slice(0, 100)}"`}`,
    )
}
