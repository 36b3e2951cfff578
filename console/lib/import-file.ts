import type { ImportPage } from './contract.ts'

const chunkBytes = 4 * 1024 * 1024
const headBytes = 2 * 1024 * 1024
const fingerprintBytes = 1024 * 1024

/** What an import asks of the instance. */
export interface ImportApi {
  beginImport(request: object): Promise<ImportPage>
  sendChunk(id: string, offset: number, bytes: Blob): Promise<ImportPage>
  cancelImport(id: string): Promise<void>
}

type Format = ImportPage['format']

/** By the ending of its name; a table where that says nothing. */
export function formatOfName(name: string): Format {
  if (/\.parquet$/i.test(name)) return 'parquet'
  return /\.(?:lp|line|lines|influx)$/i.test(name) ? 'lines' : 'csv'
}

/** The request for a file. The same file, asked for again, goes on where it stopped. */
async function importRequest(file: File, thing: string): Promise<object> {
  return {
    name: file.name,
    format: formatOfName(file.name),
    bytes: file.size,
    fingerprint: await fingerprintOf(file),
    options: thing === '' ? {} : { thing },
  }
}

/** As the command line makes it: SHA-256 of the size, the first and the last MiB. */
async function fingerprintOf(file: File): Promise<string> {
  const parts = [
    `${file.size}\n`,
    file.slice(0, fingerprintBytes),
    file.slice(Math.max(0, file.size - fingerprintBytes)),
  ]
  const digest = await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer())
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** What the first bytes of a file would become; nothing is stored. */
export async function tryImport(api: ImportApi, file: File, thing: string): Promise<ImportPage> {
  const begun = await api.beginImport({ ...(await importRequest(file, thing)), dryRun: true })
  try {
    return await api.sendChunk(begun.id, 0, file.slice(0, headBytes))
  } finally {
    await api.cancelImport(begun.id)
  }
}

/** Sends a file from where its import stands, until it ends or `signal` is aborted; `show` is told how far it is. */
export async function sendImport(
  api: ImportApi,
  file: File,
  thing: string,
  { show, signal }: { show: (view: ImportPage) => void; signal: AbortSignal },
): Promise<ImportPage> {
  let view = await api.beginImport(await importRequest(file, thing))
  show(view)
  while (view.state === 'running' && view.offset < view.bytes && !signal.aborted) {
    view = await api.sendChunk(view.id, view.offset, file.slice(view.offset, view.offset + chunkBytes))
    show(view)
  }
  return view
}
