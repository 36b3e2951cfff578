import type { Authenticator, Authorizer } from '#ports'
import { tokenAuthenticator } from './authenticator.ts'
import { tableAuthorizer } from './authorizer.ts'

export { readOrMakeToken } from './token.ts'

/** Who asks, and what they may do. */
export interface Identity {
  readonly authenticator: Authenticator
  readonly authorizer: Authorizer
}

/** Identity of an instance without sign-in: the owner at this machine, or with the token of the data folder. */
export function createIdentity({ token }: { token: string }): Identity {
  return { authenticator: tokenAuthenticator(token), authorizer: tableAuthorizer() }
}
