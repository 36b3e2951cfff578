import { deflateSync, inflateSync } from 'node:zlib'
import type { Tag } from '#model'
import { corrupt } from '../files/corrupt.ts'
import { checkTags } from '../journal/tags-block.ts'

/** What the tags of 10 million ids come to at most. */
const mostBytes = 1 << 30

/** Tags as they are in the metadata of a Parquet file: JSON, deflated (zlib), base64; plain, 10,000 tags would cost 1 MB. */
export const packTags = (tags: readonly Tag[]): string => deflateSync(JSON.stringify(tags)).toString('base64')

/** Throws `IW_HISTORIAN_CORRUPT`. */
export function unpackTags(text: string, file: string): readonly Tag[] {
  let json: unknown
  try {
    json = JSON.parse(inflateSync(Buffer.from(text, 'base64'), { maxOutputLength: mostBytes }).toString())
  } catch {
    throw corrupt('does not say what its tags are', file)
  }
  return checkTags(json, file)
}
