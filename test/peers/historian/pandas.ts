import type { Peer } from '../peer.ts'
import { enginePeer } from './engine.ts'

/** pandas with pyarrow. */
export const peer: Peer = enginePeer('pandas')
