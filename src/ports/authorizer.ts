import type { Result } from '#kernel'
import type { Principal, Right } from '#model'

/** Asked at every door: may this principal do this, to this thing or to the whole instance? */
export interface Authorizer {
  /** Fails with `IW_IDENTITY_FORBIDDEN`. `thing` narrows the question to one thing. */
  authorize(principal: Principal, right: Right, thing?: string): Result<void>
}

/** What a surface knows of who asks. `loopback`: the connection comes from this machine and asked for a local host name. */
export interface Credentials {
  readonly loopback: boolean
  /** The value of `Authorization: Bearer …` (or line protocol's `Token …`), where one was sent. */
  readonly bearer?: string
}

/** Makes a Principal of what a door knows. */
export interface Authenticator {
  /** Fails with `IW_IDENTITY_UNAUTHENTICATED`. A wrong token is refused even from loopback. */
  authenticate(credentials: Credentials): Result<Principal>
}
