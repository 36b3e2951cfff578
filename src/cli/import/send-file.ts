import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ApiClient, ImportPage, ImportRequestBody } from '#instance'
import { isIwError } from '#kernel'
import { UsageError } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { ProgressBar } from '../progress-bar.ts'

const chunkBytes = 8 * 1024 * 1024
const headBytes = 1024 * 1024
const waitMs = 1_000
const lookEveryMs = 200
const path = '/api/v1/imports'

/** A file that is open for reading. */
export interface FileToSend {
  readonly name: string
  readonly bytes: number
  /** Of its size, first and last MiB. */
  readonly fingerprint: string
  readonly head: Buffer
  read(offset: number, length: number): Promise<Buffer>
  close(): Promise<void>
}

/** Opens a file and takes its fingerprint. Throws `UsageError` where it cannot be read or is empty. */
export async function openFile(folder: string, given: string): Promise<FileToSend> {
  const full = resolve(folder, given)
  const handle = await open(full).catch((error: Error) => {
    throw new UsageError(`${given} cannot be read: ${error.message}`)
  })
  const { size, isFile } = await handle.stat().then((stat) => ({ size: stat.size, isFile: stat.isFile() }))
  if (!isFile || size === 0) {
    await handle.close()
    throw new UsageError(`${given} is ${isFile ? 'empty' : 'no file'}`)
  }
  const head = await readAt(handle, 0, Math.min(size, headBytes))
  const tail = await readAt(handle, Math.max(0, size - headBytes), Math.min(size, headBytes))
  const fingerprint = createHash('sha256').update(`${size}\n`).update(head).update(tail).digest('hex')
  return {
    name: basename(full),
    bytes: size,
    fingerprint,
    head,
    read: (offset, length) => readAt(handle, offset, Math.min(length, size - offset)),
    close: () => handle.close(),
  }
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let read = 0
  while (read < length) {
    const { bytesRead } = await handle.read(bytes, read, length - read, offset + read)
    if (bytesRead === 0) throw new UsageError('The file became shorter while it was read')
    read += bytesRead
  }
  return bytes
}

export interface SendOptions {
  /** Only what a plan is made of. */
  readonly onlyHead: boolean
  readonly interrupted: AbortSignal
}

/** Sends a file from where its import stands; gives where it stands in the end. Waits where the instance is busy. */
export async function sendFile(
  io: Io,
  client: ApiClient,
  file: FileToSend,
  request: ImportRequestBody,
  { onlyHead, interrupted }: SendOptions,
): Promise<ImportPage> {
  const bar = new ProgressBar(io, `importing ${file.name}`, 'bytes')
  try {
    let view = await client.json<ImportPage>(path, { method: 'POST', body: request })
    while (view.state === 'running' && view.offset < view.bytes && !interrupted.aborted) {
      bar.show(view.offset, view.bytes)
      view = await sendChunk(client, file, view, onlyHead ? headBytes : chunkBytes)
      if (onlyHead) break
    }
    return await untilRead(client, view, bar, interrupted)
  } finally {
    bar.end()
  }
}

/** One chunk, again while the instance has no room for it. */
async function sendChunk(client: ApiClient, file: FileToSend, view: ImportPage, length: number): Promise<ImportPage> {
  const bytes = await file.read(view.offset, length)
  try {
    return await client.json<ImportPage>(`${path}/${view.id}/chunks?offset=${view.offset}`, { method: 'PUT', bytes })
  } catch (error) {
    if (isIwError(error, 'IW_HISTORIAN_BUSY') || isIwError(error, 'IW_CONNECT_TOO_MANY')) await delay(waitMs)
    // Somebody else sends the same file: go on where they are.
    else if (!isIwError(error, 'IW_CONNECT_IMPORT_OFFSET') || error.detail['offset'] === view.offset) throw error
    return client.json<ImportPage>(`${path}/${view.id}`)
  }
}

/** A Parquet file is read once all of it is there. */
async function untilRead(
  client: ApiClient,
  sent: ImportPage,
  bar: ProgressBar,
  interrupted: AbortSignal,
): Promise<ImportPage> {
  let view = sent
  while (view.format === 'parquet' && view.state === 'running' && view.offset === view.bytes && !interrupted.aborted) {
    await delay(lookEveryMs)
    view = await client.json<ImportPage>(`${path}/${view.id}`)
    bar.show(view.rows + view.rejected, view.totalRows)
  }
  return view
}
