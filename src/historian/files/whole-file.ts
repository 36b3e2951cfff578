import { join } from 'node:path'
import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { corrupt } from './corrupt.ts'
import type { FileLayer } from './file-layer.ts'

/** Reads a file of ours as a whole. Throws `IW_HISTORIAN_CORRUPT` where it is absent. */
export function readWhole(files: FileLayer, path: string): Uint8Array {
  if (files.size(path) === undefined) throw corrupt('is missing', path)
  const file = files.open(path, 'read')
  try {
    const bytes = new Uint8Array(file.size())
    return bytes.subarray(0, file.read(bytes, 0))
  } finally {
    file.close()
  }
}

/** Writes a new file and syncs it; its folder entry is durable after the caller's `syncFolder`. */
export function writeNew(files: FileLayer, path: string, pieces: readonly Uint8Array[]): void {
  if (files.size(path) !== undefined) files.unlink(path)
  const file = files.open(path, 'create')
  try {
    file.write(pieces, 0)
    file.datasync()
  } finally {
    file.close()
  }
}

/** Replaces a file as a whole or not at all: temporary file, fdatasync, rename, fsync of the folder. */
export function replaceFile(files: FileLayer, folder: string, name: string, pieces: readonly Uint8Array[]): void {
  const temporary = join(folder, `${name}.tmp`)
  writeNew(files, temporary, pieces)
  files.rename(temporary, join(folder, name))
  files.syncFolder(folder)
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** A text file whose first line says what it is and carries the CRC32 of the JSON below: still readable by people. */
export function encodeChecked(kind: string, content: unknown): Uint8Array {
  const json = JSON.stringify(content)
  return encoder.encode(`${kind} ${crc32(json).toString(16).padStart(8, '0')}\n${json}\n`)
}

/** The JSON of `encodeChecked`. Throws `IW_HISTORIAN_CORRUPT`. */
export function decodeChecked(kind: string, bytes: Uint8Array, file: string): unknown {
  try {
    const [head, json = ''] = decoder.decode(bytes).split('\n')
    if (head === `${kind} ${crc32(json).toString(16).padStart(8, '0')}`) return JSON.parse(json)
  } catch {
    // Not UTF-8 or not JSON: damaged all the same.
  }
  throw corrupt(`is not a sound ${kind} file`, file)
}

const zstdMagic = 0xfd2f_b528
/** What a packed file of ours may come to; a snapshot of a million tags is a tenth of it. */
const mostUnpackedBytes = 1 << 30

/** Compressed by Zstandard: `zstd -d` makes it readable again. */
export const packed = (bytes: Uint8Array): Uint8Array => zstdCompressSync(bytes)

/** What `packed` was given; bytes that are not packed (as of before) are given back as they are. Throws `IW_HISTORIAN_CORRUPT`. */
export function unpacked(bytes: Uint8Array, file: string): Uint8Array {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.length < 4 || view.readUInt32LE(0) !== zstdMagic) return bytes
  try {
    return zstdDecompressSync(view, { maxOutputLength: mostUnpackedBytes })
  } catch {
    throw corrupt('can not be unpacked', file)
  }
}
