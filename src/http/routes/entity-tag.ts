import { IwError } from '#kernel'
import type { Thing } from '#model'

/** The version of a definition as an entity tag (RFC 9110 §8.8.3). */
export const entityTag = ({ version }: Pick<Thing, 'version'>) => `"${version}"`

/** The version named by If-Match: `"3"` or a bare 3. Throws `IW_HTTP_BAD_REQUEST`. */
export function versionOf(ifMatch: string | readonly string[] | undefined): number {
  const match = /^(?:"(\d{1,15})"|(\d{1,15}))$/.exec(typeof ifMatch === 'string' ? ifMatch.trim() : '')
  if (!match) throw new IwError('IW_HTTP_BAD_REQUEST', 'If-Match: give the version you read, such as "3"')
  return Number(match[1] ?? match[2])
}
