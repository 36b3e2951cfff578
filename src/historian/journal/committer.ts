import { IwError } from '#kernel'
import type { CommitOutcome, JournalLine } from './messages.ts'

/** Something to be written as one block, and who waits for it. */
export interface Submission {
  /** Bytes of the block, a multiple of 8. */
  readonly bytes: number
  encode(buffer: ArrayBuffer, at: number, number: number): void
  /** On disk, in this segment. Called in the order of submission. */
  committed(segment: number): void
  refused(error: IwError): void
}

const groupBytes = 512 * 1024
/** While these are with the journal, more is gathered: one is being synced, one waits behind it. */
const groupsAhead = 2
const keptBytes = 2 << 20

interface OpenGroup {
  readonly buffer: ArrayBuffer
  bytes: number
  blocks: number
}

/**
 * Gathers blocks into groups and sends them to the journal: at the end of the turn in which they came, so that many small
 * batches cost one message and one sync. Never waits for a timer.
 */
export class Committer {
  readonly #line: JournalLine
  #nextNumber: number
  #pending: Submission[] = []
  #done = 0
  #full: OpenGroup[] = []
  #open: OpenGroup | undefined
  #ahead = 0
  #flushing = false
  #spare: ArrayBuffer[] = []
  #spareBytes = 0
  #bytesInFlight = 0

  constructor(line: JournalLine, firstNumber: number) {
    this.#line = line
    this.#nextNumber = firstNumber
  }

  /** Bytes submitted and not yet answered. */
  get bytesInFlight(): number {
    return this.#bytesInFlight
  }

  submit(submission: Submission): void {
    const group = this.#groupFor(submission.bytes)
    submission.encode(group.buffer, group.bytes, this.#nextNumber++)
    group.bytes += submission.bytes
    group.blocks++
    this.#bytesInFlight += submission.bytes
    this.#pending.push(submission)
    if (group.bytes >= groupBytes) this.#endGroup()
    this.#flushSoon()
  }

  /** Tells everyone what became of their blocks, first in first out. */
  settle(outcome: CommitOutcome): void {
    for (const buffer of outcome.buffers) this.#keep(buffer)
    this.#ahead -= outcome.buffers.length
    for (const { segment, blocks } of outcome.runs) for (let n = 0; n < blocks; n++) this.#next().committed(segment)
    if (outcome.refused > 0) this.#refuse(outcome)
    this.#trim()
    this.#flush()
  }

  /** Gives up on everything under way. */
  fail(error: IwError): void {
    this.#full = []
    this.#open = undefined
    while (this.#done < this.#pending.length) this.#next().refused(error)
    this.#trim()
  }

  /** What is not sent yet is refused too: nothing may overtake what was lost. */
  #refuse({ refused, reason }: CommitOutcome): void {
    const { code, message } = reason ?? { code: 'IW_HISTORIAN_DISK_ERROR', message: 'The journal refused' }
    const error = new IwError(code, message)
    for (let n = 0; n < refused; n++) this.#next().refused(error)
    this.#endGroup()
    let unsent = 0
    for (const { blocks } of this.#full) unsent += blocks
    this.#full = []
    for (const submission of this.#pending.splice(this.#pending.length - unsent, unsent)) {
      this.#bytesInFlight -= submission.bytes
      submission.refused(error)
    }
  }

  #next(): Submission {
    const submission = this.#pending[this.#done++]!
    this.#bytesInFlight -= submission.bytes
    return submission
  }

  #trim(): void {
    if (this.#done === this.#pending.length) this.#pending = []
    else if (this.#done > 1024) this.#pending = this.#pending.slice(this.#done)
    else return
    this.#done = 0
  }

  #groupFor(bytes: number): OpenGroup {
    if (this.#open && this.#open.bytes + bytes > this.#open.buffer.byteLength) this.#endGroup()
    this.#open ??= { buffer: this.#take(bytes), bytes: 0, blocks: 0 }
    return this.#open
  }

  #endGroup(): void {
    if (this.#open) this.#full.push(this.#open)
    this.#open = undefined
  }

  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    while (this.#ahead < groupsAhead) {
      if (this.#full.length === 0) this.#endGroup()
      const group = this.#full.shift()
      if (!group) return
      this.#ahead++
      this.#line.send({ kind: 'commit', ...group })
    }
  }

  /** A buffer of at least so many bytes; small first, so that an idle instance stays small. */
  #take(bytes: number): ArrayBuffer {
    const index = this.#spare.findIndex((buffer) => buffer.byteLength >= bytes)
    if (index >= 0) {
      const [buffer] = this.#spare.splice(index, 1)
      this.#spareBytes -= buffer!.byteLength
      return buffer!
    }
    const busy = this.#ahead > 0
    return new ArrayBuffer(Math.max(bytes, busy ? 256 * 1024 : 64 * 1024))
  }

  #keep(buffer: ArrayBuffer): void {
    if (this.#spareBytes + buffer.byteLength > keptBytes) return
    this.#spare.push(buffer)
    this.#spareBytes += buffer.byteLength
  }
}
