import type { Tag } from '#model'
import { corrupt } from '../files/corrupt.ts'
import { BlockKind, blockHeaderBytes, padded, startBlock } from './block.ts'

/** Definitions are few: JSON, padded with spaces. */
export const tagsBlockJson = (tags: readonly Tag[]): Buffer => Buffer.from(JSON.stringify(tags))

export const tagsBlockBytes = (json: Buffer): number => blockHeaderBytes + padded(json.length)

export function encodeTags(json: Buffer, buffer: ArrayBuffer, at: number, number: number): void {
  startBlock(new DataView(buffer), at, BlockKind.tags, padded(json.length), number)
  const payload = new Uint8Array(buffer, at + blockHeaderBytes, padded(json.length))
  payload.set(json)
  payload.fill(0x20, json.length)
}

const types = new Set(['number', 'integer', 'boolean', 'string'])

/** The definitions in a payload. Throws `IW_HISTORIAN_CORRUPT`. */
export function decodeTags(payload: Uint8Array, file?: string): readonly Tag[] {
  let content: unknown
  try {
    content = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString())
  } catch {
    throw corrupt('definitions of tags are not JSON', file)
  }
  return checkTags(content, file)
}

/** Checks what was read as definitions of tags. Throws `IW_HISTORIAN_CORRUPT`. */
export function checkTags(content: unknown, file?: string): readonly Tag[] {
  if (!Array.isArray(content) || !content.every(isTag)) throw corrupt('not definitions of tags', file)
  return content
}

function isTag(item: unknown): item is Tag {
  const tag = item as Partial<Record<keyof Tag, unknown>> | null
  return (
    Number.isInteger(tag?.id) &&
    (tag!.id as number) > 0 &&
    (tag!.id as number) < 2 ** 31 &&
    typeof tag!.thing === 'string' &&
    typeof tag!.property === 'string' &&
    types.has(tag!.type as string) &&
    (tag!.unit === undefined || typeof tag!.unit === 'string')
  )
}
