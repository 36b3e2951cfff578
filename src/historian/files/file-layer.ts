/**
 * The few things the historian asks of a disk. Handed in, so that tests can lose what was not synced, fill the disk or
 * crash between any two calls. Writes and syncs are synchronous: they run in workers of their own. Paths are absolute.
 */
export interface FileLayer {
  /** `create` fails where the file exists; `write` opens an existing file for reading and writing. */
  open(path: string, how: 'read' | 'write' | 'create'): OpenFile
  makeFolder(path: string): void
  /** Names in a folder, sorted. */
  list(folder: string): readonly string[]
  /** Bytes of a file; undefined where there is none. */
  size(path: string): number | undefined
  /** Replaces `to` where it exists. Durable only after `syncFolder`. */
  rename(from: string, to: string): void
  unlink(path: string): void
  /** Makes the entries of a folder durable (fsync of the folder itself). */
  syncFolder(folder: string): void
  /** Bytes that this user may still write, and the size of the disk. */
  space(folder: string): DiskSpace
}

export interface DiskSpace {
  readonly free: number
  readonly total: number
}

export interface OpenFile {
  /** Fills `into` from `position`; returns how many bytes, fewer only where the file ends. */
  read(into: Uint8Array, position: number): number
  /** As `read`, without holding up the thread. */
  readLater(into: Uint8Array, position: number): Promise<number>
  /** Writes all pieces one after another, or throws (`ENOSPC`…) with an unknown part of them written. */
  write(pieces: readonly Uint8Array[], position: number): void
  /** Returns only once everything written is on disk. */
  datasync(): void
  truncate(length: number): void
  size(): number
  close(): void
}
