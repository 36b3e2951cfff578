import type { Snapshot } from '../backup/snapshot.ts'
import type { PartEntry } from './manifest.ts'
import type { PartsChange } from './parts-change.ts'
import type { Sealed } from './store.ts'

/** What the work thread is asked for. */
export type WorkRequest =
  | { readonly kind: 'seal'; readonly segment: number; readonly now: number }
  | { readonly kind: 'setAside'; readonly part: number }
  | { readonly kind: 'reserve'; readonly count: number }
  | { readonly kind: 'change'; readonly change: PartsChange }
  | { readonly kind: 'delete'; readonly parts: readonly PartEntry[] }
  | { readonly kind: 'snapshot'; readonly target: string }

export type ToWork = WorkRequest & { readonly id: number }

export type FromWork =
  | {
      readonly id: number
      readonly ok: true
      readonly sealed?: Sealed
      readonly name?: string
      readonly first?: number
      readonly snapshot?: Snapshot
    }
  | { readonly id: number; readonly ok: false; readonly message: string }
