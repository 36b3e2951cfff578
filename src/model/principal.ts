/** What may be done to what. Rooms name the right they need; who has it is the Authorizer's business. */
export type Right = 'system.read' | 'thing.read' | 'thing.manage' | 'reading.read' | 'reading.write' | 'property.write'

/** Who asks, at every door. `via` says how that is known. */
export interface Principal {
  readonly id: string
  readonly name: string
  readonly via: 'loopback' | 'token' | 'process'
}

/** The owner at this machine, before there is a sign-in (DESIGN §2). */
export const ownerAtLoopback: Principal = { id: 'owner@loopback', name: 'Owner', via: 'loopback' }

/** Interwork itself: settings, profiles, the poller. */
export const ownProcess: Principal = { id: 'interwork', name: 'Interwork', via: 'process' }
