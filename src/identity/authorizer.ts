import { failure, success } from '#kernel'
import type { Principal, Right } from '#model'
import type { Authorizer } from '#ports'

const everything: readonly Right[] = [
  'system.read',
  'thing.read',
  'thing.manage',
  'reading.read',
  'reading.write',
  'property.write',
]

/** What each kind of principal may do. Roles of people and programs become further rows. */
const rights: Readonly<Record<Principal['via'], readonly Right[]>> = {
  loopback: everything,
  token: everything,
  process: ['system.read', 'thing.read', 'thing.manage', 'reading.read', 'reading.write'],
}

/** Answers from a table of rights per kind of principal; who is in no row may do nothing. */
export function tableAuthorizer(table: Readonly<Record<string, readonly Right[]>> = rights): Authorizer {
  return {
    authorize(principal, right, thing) {
      if (table[principal.via]?.includes(right)) return success(undefined)
      const where = thing === undefined ? '' : ` on ${thing}`
      return failure('IW_IDENTITY_FORBIDDEN', `${principal.id} does not have the right ${right}${where}`, { right })
    },
  }
}
