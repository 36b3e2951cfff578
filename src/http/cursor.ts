import { IwError } from '#kernel'

/**
 * Opaque marks between pages. What is inside may change with any version, so it is never to be built or kept by callers.
 * `kind` ties a cursor to its list.
 */
export function writeCursor(kind: string, ...place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([kind, ...place])).toString('base64url')
}

/** The place a cursor of this kind marks. Throws `IW_HTTP_CURSOR`. */
export function readCursor(cursor: string, kind: string): readonly (string | number)[] {
  const parts = parse(cursor)
  if (!Array.isArray(parts) || parts[0] !== kind || !parts.every(isPlain))
    throw new IwError('IW_HTTP_CURSOR', `"${cursor.slice(0, 60)}" is not a cursor of this list`)
  return parts.slice(1)
}

const isPlain = (part: unknown) => typeof part === 'string' || Number.isInteger(part)

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
