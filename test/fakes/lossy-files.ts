import { dirname, join } from 'node:path'
import type { DiskSpace, FileLayer, OpenFile } from '../../src/historian/files/file-layer.ts'

/** Thrown by every call after the power has gone. */
export class PowerLoss extends Error {}

/** What of the bytes that were not synced is on the disk after a crash: nothing, or any part, as a real disk may. */
export type Survival = 'nothing' | 'any'

/** A write or truncation that is not synced yet. */
type Change = { readonly at: number; readonly bytes: Uint8Array } | { readonly length: number }

interface Inode {
  /** As the program sees it. */
  content: Uint8Array
  /** As it is on the disk. */
  durable: Uint8Array
  changes: Change[]
}

export interface LossyOptions {
  /** Numbers in [0, 1). */
  readonly random: () => number
  readonly survival?: Survival
  /** For the control of a check: fdatasync says yes and does nothing. */
  readonly brokenSync?: boolean
}

/**
 * A disk that forgets: bytes written and not synced, and names in folders not synced, are gone after `crash()`. It can be
 * told to lose power after a number of calls, so that a program is stopped between any two of them, and to be full.
 * Folders themselves are durable at once.
 */
export class LossyFiles {
  readonly #options: LossyOptions
  readonly #folders = new Set<string>()
  #names = new Map<string, Inode>()
  #durableNames = new Map<string, Inode>()
  #callsLeft = Number.POSITIVE_INFINITY
  #epoch = 0
  #calls = 0
  capacity = Number.POSITIVE_INFINITY
  /** Called before each sync of a file; may throw what a disk would. */
  beforeSync: () => void = () => {}

  constructor(options: LossyOptions) {
    this.#options = options
  }

  get calls(): number {
    return this.#calls
  }

  /** The disk as a program sees it that starts now: after the next crash every call of it fails. */
  layer(): FileLayer {
    const epoch = this.#epoch
    const alive = <T>(run: () => T): T => {
      if (epoch !== this.#epoch) throw new PowerLoss('this program ran before the crash')
      return run()
    }
    return {
      open: (path, how) => alive(() => this.open(path, how)),
      makeFolder: (path) => alive(() => this.makeFolder(path)),
      list: (folder) => alive(() => this.list(folder)),
      size: (path) => alive(() => this.size(path)),
      rename: (from, to) => alive(() => this.rename(from, to)),
      unlink: (path) => alive(() => this.unlink(path)),
      syncFolder: (folder) => alive(() => this.syncFolder(folder)),
      space: () => alive(() => this.space()),
    }
  }

  /** The power goes with the call after the next `calls`. */
  losePowerAfter(calls: number): void {
    this.#callsLeft = calls
  }

  /** What a machine finds that starts after a loss of power. Files that were open can not be used any more. */
  crash(): void {
    this.#epoch++
    this.#callsLeft = Number.POSITIVE_INFINITY
    if (this.#options.survival === 'any') this.#durableNames = this.#someNames()
    this.#names = new Map(this.#durableNames)
    for (const inode of new Set(this.#names.values())) this.#recover(inode)
  }

  open(path: string, how: 'read' | 'write' | 'create'): OpenFile {
    this.#call()
    let inode = this.#names.get(path)
    if (how === 'create') {
      if (inode) throw systemError('EEXIST', path)
      if (!this.#folders.has(dirname(path))) throw systemError('ENOENT', path)
      inode = { content: new Uint8Array(0), durable: new Uint8Array(0), changes: [] }
      this.#names.set(path, inode)
    }
    if (!inode) throw systemError('ENOENT', path)
    return this.#file(inode, this.#epoch)
  }

  makeFolder(path: string): void {
    this.#call()
    for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) this.#folders.add(folder)
  }

  list(folder: string): readonly string[] {
    this.#call()
    return this.#paths(this.#names, folder).map((path) => path.slice(folder.length + 1))
  }

  size(path: string): number | undefined {
    this.#call()
    return this.#names.get(path)?.content.length
  }

  rename(from: string, to: string): void {
    this.#call()
    const inode = this.#names.get(from)
    if (!inode) throw systemError('ENOENT', from)
    this.#names.delete(from)
    this.#names.set(to, inode)
  }

  unlink(path: string): void {
    this.#call()
    if (!this.#names.delete(path)) throw systemError('ENOENT', path)
  }

  syncFolder(folder: string): void {
    this.#call()
    for (const path of this.#paths(this.#durableNames, folder)) this.#durableNames.delete(path)
    for (const path of this.#paths(this.#names, folder)) this.#durableNames.set(path, this.#names.get(path)!)
  }

  space(): DiskSpace {
    this.#call()
    return { free: this.capacity - this.#used(), total: this.capacity }
  }

  /** Bytes of a file as the program sees them, to look at and to damage. */
  bytes(path: string): Uint8Array {
    const inode = this.#names.get(path)
    if (!inode) throw systemError('ENOENT', path)
    return inode.content
  }

  /** Puts a file on the disk, durably. */
  put(path: string, content: Uint8Array): void {
    const inode = { content: content.slice(), durable: content.slice(), changes: [] }
    this.#names.set(path, inode)
    this.#durableNames.set(path, inode)
  }

  paths(): readonly string[] {
    return [...this.#names.keys()].toSorted()
  }

  #file(inode: Inode, epoch: number): OpenFile {
    const call = () => {
      if (epoch !== this.#epoch) throw new PowerLoss('a file of before the crash')
      this.#call()
    }
    const read = (into: Uint8Array, position: number): number => {
      call()
      const bytes = inode.content.subarray(position, position + into.length)
      into.set(bytes)
      return bytes.length
    }
    return {
      read,
      readLater: async (into, position) => read(into, position),
      write: (pieces, position) => {
        for (const piece of pieces) {
          const room = this.capacity - this.#used() + Math.max(0, inode.content.length - position)
          // A copy: slice() of a Buffer would be a view of what the program goes on to change.
          const bytes = new Uint8Array(piece.subarray(0, Math.max(0, room)))
          this.#change(inode, { at: position, bytes }, call)
          if (piece.length > room) throw systemError('ENOSPC', 'write')
          position += piece.length
        }
      },
      datasync: () => {
        call()
        this.beforeSync()
        if (this.#options.brokenSync) return
        inode.durable = inode.content
        inode.changes = []
      },
      truncate: (length) => this.#change(inode, { length }, call),
      size: () => {
        call()
        return inode.content.length
      },
      close: () => {},
    }
  }

  #change(inode: Inode, change: Change, call: () => void): void {
    // The power may go in the middle: the change is on its way to the disk and may get there in part.
    inode.changes.push(change)
    call()
    inode.content = apply(inode.content, change)
  }

  #call(): void {
    this.#calls++
    if (this.#callsLeft-- <= 0) throw new PowerLoss('the power is gone')
  }

  #recover(inode: Inode): void {
    if (this.#options.survival === 'any') {
      for (const change of inode.changes) {
        const choice = this.#options.random()
        if (choice < 0.3) continue
        inode.durable = apply(inode.durable, choice < 0.6 ? change : this.#tear(change))
      }
    }
    inode.content = inode.durable
    inode.changes = []
  }

  /** Part of a write: up to somewhere, or with a hole of zeros in it. */
  #tear(change: Change): Change {
    if (!('bytes' in change) || change.bytes.length === 0) return change
    const cut = Math.floor(this.#options.random() * change.bytes.length)
    if (this.#options.random() < 0.5) return { at: change.at, bytes: change.bytes.subarray(0, cut) }
    const bytes = change.bytes.slice()
    bytes.fill(0, cut, cut + 1 + Math.floor(this.#options.random() * 64))
    return { at: change.at, bytes }
  }

  /** Each unsynced name is either as it was or as it is. */
  #someNames(): Map<string, Inode> {
    const names = new Map<string, Inode>()
    for (const path of new Set([...this.#names.keys(), ...this.#durableNames.keys()])) {
      const now = this.#names.get(path)
      const before = this.#durableNames.get(path)
      const inode = now === before || this.#options.random() < 0.5 ? before : now
      if (inode) names.set(path, inode)
    }
    return names
  }

  #paths(names: ReadonlyMap<string, Inode>, folder: string): string[] {
    return [...names.keys()]
      .filter((path) => path === join(folder, path.slice(folder.length + 1)) && dirname(path) === folder)
      .toSorted()
  }

  #used(): number {
    let used = 0
    for (const { content } of new Set(this.#names.values())) used += content.length
    return used
  }
}

function apply(content: Uint8Array, change: Change): Uint8Array {
  const length = 'length' in change ? change.length : Math.max(content.length, change.at + change.bytes.length)
  const next = new Uint8Array(length)
  next.set(content.subarray(0, length))
  if ('bytes' in change) next.set(change.bytes, change.at)
  return next
}

const systemError = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code })
