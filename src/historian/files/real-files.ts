import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  read,
  readdirSync,
  readSync,
  renameSync,
  statfsSync,
  statSync,
  unlinkSync,
  writevSync,
} from 'node:fs'
import type { FileLayer, OpenFile } from './file-layer.ts'

const flags = { read: 'r', write: 'r+', create: 'wx+' } as const

/** The machine's own files. */
export const realFiles: FileLayer = {
  open: (path, how) => openFile(openSync(path, flags[how], 0o600)),
  makeFolder: (path) => void mkdirSync(path, { recursive: true, mode: 0o700 }),
  list: (folder) => readdirSync(folder).toSorted(),
  size: (path) => statSync(path, { throwIfNoEntry: false })?.size,
  rename: renameSync,
  unlink: unlinkSync,
  syncFolder(folder) {
    const descriptor = openSync(folder, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  },
  space(folder) {
    const { bavail, blocks, bsize } = statfsSync(folder)
    return { free: bavail * bsize, total: blocks * bsize }
  },
}

function openFile(descriptor: number): OpenFile {
  return {
    read(into, position) {
      let done = 0
      while (done < into.length) {
        const bytes = readSync(descriptor, into, done, into.length - done, position + done)
        if (bytes === 0) break
        done += bytes
      }
      return done
    },
    readLater: (into, position) => readFully(descriptor, into, 0, position),
    write: (pieces, position) => writeFully(descriptor, pieces, position),
    datasync: () => fdatasyncSync(descriptor),
    truncate: (length) => ftruncateSync(descriptor, length),
    size: () => fstatSync(descriptor).size,
    close: () => closeSync(descriptor),
  }
}

function readFully(descriptor: number, into: Uint8Array, done: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, into, done, into.length - done, position + done, (error, bytes) => {
      if (error) reject(error)
      else if (bytes === 0 || done + bytes === into.length) resolve(done + bytes)
      else resolve(readFully(descriptor, into, done + bytes, position))
    })
  })
}

/** Linux takes at most 1,024 pieces in one call (IOV_MAX), and may take fewer bytes than it was given. */
function writeFully(descriptor: number, pieces: readonly Uint8Array[], position: number): void {
  let rest = pieces
  while (rest.length > 0) {
    const written = writevSync(descriptor, rest.slice(0, 1024), position)
    position += written
    rest = afterBytes(rest, written)
  }
}

function afterBytes(pieces: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let index = 0
  while (index < pieces.length && bytes >= pieces[index]!.length) bytes -= pieces[index++]!.length
  if (index === pieces.length) return []
  return [pieces[index]!.subarray(bytes), ...pieces.slice(index + 1)]
}
