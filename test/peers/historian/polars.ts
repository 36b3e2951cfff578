import type { Peer } from '../peer.ts'
import { enginePeer } from './engine.ts'

export const peer: Peer = enginePeer('polars')
