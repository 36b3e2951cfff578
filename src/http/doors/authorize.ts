import { unwrap } from '#kernel'
import type { Door } from './door.ts'

/** Asks whether the principal has the right the route names. */
export const authorize: Door = ({ route, principal, thing }, { authorizer }) => {
  if (!route || route.right === 'none' || !principal) return
  unwrap(authorizer.authorize(principal, route.right, thing))
}
