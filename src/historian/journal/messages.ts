/** What the main thread asks of the journal. A group is blocks one after another, each on an 8-byte boundary. */
export type ToJournal =
  | { readonly kind: 'commit'; readonly buffer: ArrayBuffer; readonly bytes: number; readonly blocks: number }
  /** Ends the open segment, so that it can be sealed. */
  | { readonly kind: 'rotate' }
  /** The main thread knows of the refusal and has forgotten what was under way: take new blocks again. */
  | { readonly kind: 'resume' }
  | { readonly kind: 'close' }

export interface RefusalReason {
  readonly code: 'IW_HISTORIAN_DISK_FULL' | 'IW_HISTORIAN_DISK_ERROR'
  readonly message: string
}

/** So many blocks, in the order they came, are on disk in this segment. */
export interface CommittedRun {
  readonly segment: number
  readonly blocks: number
}

/** The outcome of the groups taken at once, in order: runs on disk, then `refused` blocks that are not. */
export interface CommitOutcome {
  readonly kind: 'committed'
  readonly runs: readonly CommittedRun[]
  readonly refused: number
  readonly reason?: RefusalReason
  /** Segments that ended and can be sealed. */
  readonly ended: readonly number[]
  readonly openSegment: { readonly number: number; readonly bytes: number }
  readonly freeBytes: number
  /** The buffers that came in, to be used again. */
  readonly buffers: readonly ArrayBuffer[]
}

export type FromJournal =
  | CommitOutcome
  /** There is space again, or the disk answers again. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'closed' }

/** A way to the journal: its own thread, or this one in tests. */
export interface JournalLine {
  send(message: ToJournal): void
}
