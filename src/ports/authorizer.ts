import type { Result } from '#kernel'
import type { Principal, Right } from '#model'

/** Asked at every door: may this principal do this, to this thing or to the whole instance? */
export interface Authorizer {
  /** Fails with `IW_IDENTITY_FORBIDDEN`. `thing` narrows the question to one thing. */
  authorize(principal: Principal, right: Right, thing?: string): Result<void>
}
