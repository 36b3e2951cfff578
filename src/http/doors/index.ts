import type { Clock } from '#kernel'
import { authorize } from './authorize.ts'
import type { Door } from './door.ts'
import { checkHost } from './host.ts'
import { checkOrigin } from './origin.ts'
import { checkPageRequest } from './page-request.ts'
import { findPrincipal } from './principal.ts'
import { rateDoor } from './rate.ts'

/** The checks every request and every upgrade passes, in this order. */
export const doorsInOrder = (clock: Clock): readonly Door[] => [
  checkHost,
  checkOrigin,
  rateDoor(clock),
  checkPageRequest,
  findPrincipal,
  authorize,
]
