import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

export interface CopiedFile {
  readonly bytes: number
  readonly sha256: string
}

const pieceBytes = 1 << 20

/**
 * Copies a file that does not change any more, and syncs the copy; `to` must not exist. The SHA-256 is of the bytes that
 * were read. `copied` is told of every piece; where `signal` fires it ends with its reason.
 */
export async function copyFile(
  from: string,
  to: string,
  options: { readonly signal?: AbortSignal | undefined; readonly copied?: (bytes: number) => void } = {},
): Promise<CopiedFile> {
  const source = await open(from, 'r')
  try {
    const target = await open(to, 'wx', 0o600)
    try {
      const hash = createHash('sha256')
      const piece = new Uint8Array(pieceBytes)
      let at = 0
      for (;;) {
        options.signal?.throwIfAborted()
        const { bytesRead } = await source.read(piece, 0, piece.length, at)
        if (bytesRead === 0) break
        const bytes = piece.subarray(0, bytesRead)
        hash.update(bytes)
        await writeFully(target, bytes, at)
        at += bytesRead
        options.copied?.(bytesRead)
      }
      await target.datasync()
      return { bytes: at, sha256: hash.digest('hex') }
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function writeFully(target: Awaited<ReturnType<typeof open>>, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await target.write(bytes, done, bytes.length - done, at + done)
    done += bytesWritten
  }
}

/** The SHA-256 of a file, to compare with what is written of it. */
export async function fileSha256(path: string, signal?: AbortSignal): Promise<CopiedFile> {
  const file = await open(path, 'r')
  try {
    const hash = createHash('sha256')
    const piece = new Uint8Array(pieceBytes)
    let bytes = 0
    for (;;) {
      signal?.throwIfAborted()
      const { bytesRead } = await file.read(piece, 0, piece.length, bytes)
      if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') }
      hash.update(piece.subarray(0, bytesRead))
      bytes += bytesRead
    }
  } finally {
    await file.close()
  }
}
