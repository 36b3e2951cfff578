import { failure, success } from '#kernel'
import { ownerAtLoopback, type Principal } from '#model'
import type { Authenticator } from '#ports'
import { sameToken } from './token.ts'

/** The owner who shows the token of the data folder. */
const ownerWithToken: Principal = { id: 'owner@token', name: 'Owner', via: 'token' }

/**
 * Until there is a sign-in: whoever is at this machine is the owner, and so is whoever shows the token. A wrong token is
 * refused wherever it comes from: it is a mistake to be told, not a reason to fall back.
 */
export function tokenAuthenticator(token: string): Authenticator {
  return {
    authenticate({ loopback, bearer }) {
      if (bearer !== undefined)
        return sameToken(bearer, token)
          ? success(ownerWithToken)
          : failure('IW_IDENTITY_UNAUTHENTICATED', 'The token is not the one of this instance')
      if (loopback) return success(ownerAtLoopback)
      return failure('IW_IDENTITY_UNAUTHENTICATED', 'A request from another machine needs the token of this instance')
    },
  }
}
