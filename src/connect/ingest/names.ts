import { createHash } from 'node:crypto'

const idCharacter = /[\p{L}\p{N}_.:@-]/u
/** Most parts need nothing done. */
const plainPart = /^[\p{L}\p{N}_.:@-]+$/u
const plainName = /^[\p{L}\p{N}_.: %/-]+$/u
const idStart = /[\p{L}\p{N}]/u
const nameCharacter = /[\p{L}\p{N}_.: %/-]/u
const nameStart = /[\p{L}\p{N}_]/u
const longestId = 200
const longestName = 128

/** One part of an id (measurement, key or value of a tag): `,` and `=` join the parts, so inside one they are escaped. */
const idPart = (text: string): string =>
  plainPart.test(text) ? text : escaped(text, (character) => idCharacter.test(character))

/**
 * The id of the thing that a series of line protocol belongs to: `measurement,key=value…`, tags sorted by key. What an id
 * cannot carry becomes `~XX`, the bytes of its UTF-8 in hexadecimal, so that two series never get one id; ids that would be
 * too long end in a digest.
 */
export function seriesThingId(measurement: string, tags: readonly (readonly [key: string, value: string])[]): string {
  const sorted = tags.toSorted(([a], [b]) => (a < b ? -1 : 1))
  const id = [idPart(measurement), ...sorted.map(([key, value]) => `${idPart(key)}=${idPart(value)}`)].join(',')
  // `~~` comes from no escape, so a prefix with it cannot be taken for a name.
  return shorten(idStart.test(firstCharacter(id)) ? id : `m~~${id}`, longestId)
}

/** The name of the property that a field key belongs to, escaped in the same way. */
export function fieldPropertyName(field: string): string {
  const name = plainName.test(field) ? field : escaped(field, (character) => nameCharacter.test(character))
  return shorten(nameStart.test(firstCharacter(name)) ? name : `_~~${name}`, longestName)
}

function escaped(text: string, isPlain: (character: string) => boolean): string {
  let result = ''
  for (const character of text) result += isPlain(character) ? character : hex(character)
  return result
}

const hex = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `~${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')

const firstCharacter = (text: string): string => String.fromCodePoint(text.codePointAt(0) ?? 0)

function shorten(text: string, longest: number): string {
  const characters = [...text]
  if (characters.length <= longest) return text
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 24)
  return `${characters.slice(0, longest - digest.length - 2).join('')}~~${digest}`
}
