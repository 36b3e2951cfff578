import { join } from 'node:path'
import type { FileLayer } from './file-layer.ts'

/** Moves a damaged file into quarantine under its own name (numbered where that is taken). Returns the new name. */
export function setAsideFile(files: FileLayer, folder: string, name: string, quarantine: string): string {
  const free = freeName(files, quarantine, name)
  files.rename(join(folder, name), join(quarantine, free))
  files.syncFolder(quarantine)
  files.syncFolder(folder)
  return free
}

/** Copies the bytes from `from` on into quarantine; the file itself stays. Returns the name of the copy. */
export function setAsideRest(files: FileLayer, path: string, name: string, from: number, quarantine: string): string {
  const free = freeName(files, quarantine, `${name}.from-${from}`)
  const source = files.open(path, 'read')
  const copy = files.open(join(quarantine, free), 'create')
  try {
    const buffer = new Uint8Array(1 << 20)
    for (let position = from; ; ) {
      const bytes = source.read(buffer, position)
      if (bytes === 0) break
      copy.write([buffer.subarray(0, bytes)], position - from)
      position += bytes
    }
    copy.datasync()
  } finally {
    source.close()
    copy.close()
  }
  files.syncFolder(quarantine)
  return free
}

function freeName(files: FileLayer, folder: string, name: string): string {
  let free = name
  for (let n = 1; files.size(join(folder, free)) !== undefined; n++) free = `${name}.${n}`
  return free
}
