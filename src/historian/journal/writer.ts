import { join } from 'node:path'
import { type Clock, systemCode } from '#kernel'
import type { FileLayer, OpenFile } from '../files/file-layer.ts'
import { segmentName } from '../files/folders.ts'
import { blockBytes, finishBlock } from './block.ts'
import type { CommitOutcome, CommittedRun, RefusalReason } from './messages.ts'
import { segmentHeader, segmentHeaderBytes } from './segment.ts'

export interface JournalOptions {
  /** The folder of the segments; it exists. */
  readonly folder: string
  /** A segment ends before the block that would make it longer. */
  readonly segmentBytes: number
  /** Nothing is acknowledged where less is free. Default: 1 GiB or 2 % of the disk, whichever is more. */
  readonly reserveBytes?: number
  readonly firstSegment: number
}

export interface Group {
  readonly buffer: ArrayBuffer
  readonly bytes: number
  readonly blocks: number
}

interface OpenSegment {
  readonly number: number
  readonly file: OpenFile
  /** Bytes that are on disk; what is written goes from here. */
  end: number
  /** No block of it has been acknowledged: its folder entry may not be durable. */
  fresh: boolean
}

/** A write that failed, and whether the file can be gone on with after cutting it back. */
class WriteFailure {
  readonly cause: unknown
  readonly duringSync: boolean
  constructor(cause: unknown, duringSync: boolean) {
    this.cause = cause
    this.duringSync = duringSync
  }
}

const spaceEveryMs = 250

/**
 * Writes groups of blocks to the end of the journal: one write and one fdatasync for all that is given at once. After a
 * failure it refuses everything until `resume()`, so that no later block of a source overtakes one that was lost.
 */
export class JournalWriter {
  readonly #files: FileLayer
  readonly #options: JournalOptions
  readonly #clock: Clock
  #segment: OpenSegment | undefined
  #nextSegment: number
  #refusal: RefusalReason | undefined
  #neededBytes = 0
  #ended: number[] = []
  #free = 0
  #total = 0
  #freeAt = Number.NEGATIVE_INFINITY

  constructor(files: FileLayer, options: JournalOptions, clock: Clock) {
    this.#files = files
    this.#options = options
    this.#clock = clock
    this.#nextSegment = options.firstSegment
  }

  get refusing(): boolean {
    return this.#refusal !== undefined
  }

  /** Makes the groups durable, in order. What it could not is told as refused, with the reason; it never throws. */
  commit(groups: readonly Group[]): CommitOutcome {
    const runs: CommittedRun[] = []
    let refused = 0
    for (const { blocks } of groups) refused += blocks
    if (!this.#refusal && groups.length > 0) {
      try {
        this.#checkSpace(groups)
        for (const run of this.#writeAll(groups)) {
          runs.push(run)
          refused -= run.blocks
        }
      } catch (failure) {
        this.#refuse(failure)
      }
    }
    return this.#outcome(runs, refused, groups)
  }

  /** Ends the open segment where it holds anything. */
  rotate(): CommitOutcome {
    this.#endSegment()
    return this.#outcome([], 0, [])
  }

  /** Whether what it refused for has gone: enough space, or a new segment that can be written and synced. */
  probe(): boolean {
    try {
      this.#freeAt = Number.NEGATIVE_INFINITY
      if (this.#freeBytes() < this.#reserve() + this.#neededBytes) return false
      if (!this.#segment) this.#syncFresh(this.#open())
      return true
    } catch {
      this.#dropSegment()
      return false
    }
  }

  resume(): void {
    this.#refusal = undefined
    this.#neededBytes = 0
  }

  close(): void {
    this.#segment?.file.close()
    this.#segment = undefined
  }

  #outcome(runs: readonly CommittedRun[], refused: number, groups: readonly Group[]): CommitOutcome {
    const ended = this.#ended
    this.#ended = []
    return {
      kind: 'committed',
      runs,
      refused,
      ...(this.#refusal && { reason: this.#refusal }),
      ended,
      openSegment: { number: this.#segment?.number ?? 0, bytes: this.#segment?.end ?? 0 },
      freeBytes: this.#free,
      buffers: groups.map(({ buffer }) => buffer),
    }
  }

  /** Splits the blocks over segments; each run yielded is on disk. */
  *#writeAll(groups: readonly Group[]): Generator<CommittedRun> {
    let segment = this.#segment ?? this.#open()
    let pieces: Uint8Array[] = []
    let length = 0
    let blocks = 0
    for (const { buffer, bytes } of groups) {
      const view = new DataView(buffer)
      const all = new Uint8Array(buffer)
      let from = 0
      for (let at = 0; at < bytes; ) {
        const size = blockBytes(view, at)
        finishBlock(view, all, at, size)
        if (segment.end + length + size > this.#options.segmentBytes && segment.end + length > segmentHeaderBytes) {
          if (at > from) pieces.push(all.subarray(from, at))
          if (blocks > 0) yield this.#writeRun(segment, pieces, length, blocks)
          this.#endSegment()
          segment = this.#open()
          pieces = []
          length = blocks = 0
          from = at
        }
        length += size
        blocks++
        at += size
      }
      if (bytes > from) pieces.push(all.subarray(from, bytes))
    }
    yield this.#writeRun(segment, pieces, length, blocks)
  }

  #writeRun(segment: OpenSegment, pieces: readonly Uint8Array[], length: number, blocks: number): CommittedRun {
    try {
      segment.file.write(pieces, segment.end)
    } catch (cause) {
      this.#neededBytes = length
      throw new WriteFailure(cause, false)
    }
    this.#sync(segment)
    segment.end += length
    return { segment: segment.number, blocks }
  }

  #sync(segment: OpenSegment): void {
    try {
      segment.file.datasync()
      // The name of a new file must be as durable as its bytes before anything in it is acknowledged.
      if (segment.fresh) this.#files.syncFolder(this.#options.folder)
      segment.fresh = false
    } catch (cause) {
      throw new WriteFailure(cause, true)
    }
  }

  #syncFresh(segment: OpenSegment): void {
    if (segment.fresh) this.#sync(segment)
  }

  #open(): OpenSegment {
    const number = this.#nextSegment++
    const path = join(this.#options.folder, segmentName(number))
    const file = this.#files.open(path, 'create')
    try {
      file.write([segmentHeader(number, this.#clock.now())], 0)
    } catch (cause) {
      file.close()
      this.#files.unlink(path)
      this.#neededBytes = segmentHeaderBytes
      throw new WriteFailure(cause, false)
    }
    this.#segment = { number, file, end: segmentHeaderBytes, fresh: true }
    return this.#segment
  }

  #endSegment(): void {
    const segment = this.#segment
    if (!segment || segment.end === segmentHeaderBytes) return
    segment.file.close()
    this.#ended.push(segment.number)
    this.#segment = undefined
  }

  #refuse(failure: unknown): void {
    const { cause, duringSync } = failure instanceof WriteFailure ? failure : { cause: failure, duringSync: false }
    const code = systemCode(cause)
    const full = code === 'ENOSPC' || code === 'EDQUOT'
    // What was free a moment ago is not to be told beside a full disk.
    this.#freeAt = Number.NEGATIVE_INFINITY
    this.#lookAtSpace()
    this.#refusal = {
      code: full ? 'IW_HISTORIAN_DISK_FULL' : 'IW_HISTORIAN_DISK_ERROR',
      message: full
        ? `The disk is full: ${(cause as Error).message}`
        : `Writing the journal failed: ${String((cause as Error)?.message ?? cause)}`,
    }
    // After a failed fdatasync the kernel may have dropped the pages and call the file clean: it is never trusted again.
    if (!this.#cutBack() || duringSync) this.#dropSegment()
  }

  /** Cuts the open segment back to what is on disk; says whether that worked. */
  #cutBack(): boolean {
    if (!this.#segment) return true
    try {
      this.#segment.file.truncate(this.#segment.end)
      return true
    } catch {
      return false
    }
  }

  #dropSegment(): void {
    const segment = this.#segment
    this.#segment = undefined
    if (!segment) return
    try {
      segment.file.close()
    } catch {
      // Nothing more can be asked of this file.
    }
    if (segment.end > segmentHeaderBytes) this.#ended.push(segment.number)
  }

  #checkSpace(groups: readonly Group[]): void {
    let bytes = 0
    for (const group of groups) bytes += group.bytes
    const free = this.#freeBytes()
    if (free < this.#reserve() + bytes) {
      this.#neededBytes = bytes
      const cause = new Error(`only ${free} bytes are free, fewer than the reserve of ${this.#reserve()}`)
      throw new WriteFailure(Object.assign(cause, { code: 'ENOSPC' }), false)
    }
    this.#free -= bytes
  }

  /** Where the disk does not even tell its space, what was known of it stays. */
  #lookAtSpace(): void {
    try {
      this.#freeBytes()
    } catch {
      // The refusal says what is wrong.
    }
  }

  #freeBytes(): number {
    const now = this.#clock.monotonicMs()
    if (now - this.#freeAt >= spaceEveryMs) {
      const { free, total } = this.#files.space(this.#options.folder)
      this.#free = free
      this.#total = total
      this.#freeAt = now
    }
    return this.#free
  }

  #reserve(): number {
    return this.#options.reserveBytes ?? Math.max(2 ** 30, this.#total * 0.02)
  }
}
