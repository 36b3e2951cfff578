import type { Sealed } from './store.ts'

export type ToWork =
  | { readonly id: number; readonly kind: 'seal'; readonly segment: number }
  | { readonly id: number; readonly kind: 'setAside'; readonly part: number }

export type FromWork =
  | { readonly id: number; readonly ok: true; readonly sealed?: Sealed; readonly name?: string }
  | { readonly id: number; readonly ok: false; readonly message: string }
