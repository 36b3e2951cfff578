import type { ReadingBatch } from '#model'
import type { PastOptions } from './past.ts'

/** What whoever started the simulator with `--past` tells it: what is asked, that a piece is stored, that all of it is. */
export type ToSimulator =
  | ({ readonly kind: 'tell' } & PastOptions)
  | { readonly kind: 'more' }
  | { readonly kind: 'live' }

/** What it answers: a piece of the past, and at last that this was all. */
export type FromSimulator =
  | { readonly kind: 'piece'; readonly batch: ReadingBatch; readonly done: number; readonly total: number }
  | { readonly kind: 'told' }
  | { readonly kind: 'failed'; readonly message: string }
