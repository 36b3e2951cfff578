import { IwError } from '#kernel'
import type { Tag } from '#model'
import type { House } from '../house.ts'
import { findTag, list, tagList } from './fields.ts'

/** Tags in one question. */
const mostTags = 64

/** Query fields that say which properties are meant. */
export const tagFields = {
  tags: tagList(mostTags).optional().describe('ids of tags: `1,2,3`'),
  properties: list(mostTags)
    .optional()
    .describe(
      '`thing/property,…`; a name without a slash is another property of the thing before it; a comma in a name is `\\,`',
    ),
}

interface Chosen {
  readonly tags?: readonly number[] | undefined
  readonly properties?: readonly string[] | undefined
}

/**
 * The tags asked for, in that order, each once. Also those of things that were removed: their readings are kept. Throws
 * `IW_HISTORIAN_UNKNOWN_TAG`, `IW_CONNECT_UNKNOWN_PROPERTY`.
 */
export function chosenTags(house: House, { tags, properties }: Chosen): readonly Tag[] {
  if ((tags === undefined) === (properties === undefined))
    throw new IwError('IW_HTTP_BAD_REQUEST', 'Give either tags or properties')
  if (tags) return tags.map((id) => findTag(house, id))
  return [...new Set(namedTags(house, properties!))]
}

function namedTags({ historian }: House, names: readonly string[]): Tag[] {
  let thing: string | undefined
  return names.map((name) => {
    const slash = name.indexOf('/')
    if (slash >= 0) thing = name.slice(0, slash)
    if (thing === undefined) throw new IwError('IW_HTTP_BAD_REQUEST', `"${name}" names no thing: give thing/property`)
    const property = name.slice(slash + 1)
    const tag = historian.findTag(thing, property)
    if (!tag) throw new IwError('IW_CONNECT_UNKNOWN_PROPERTY', `"${thing}" has no property "${property}"`)
    return tag
  })
}

/** Refuses tags that hold texts where only numbers make sense. */
export function refuseText(tags: readonly Tag[], what: string): void {
  const text = tags.find(({ type }) => type === 'string')
  if (text) throw new IwError('IW_HISTORIAN_TYPE', `${text.thing}/${text.property} holds text: it has no ${what}`)
}

/** The start of a file name for an answer of these tags. */
export const fileNameFor = ([first, ...others]: readonly Tag[], what: string): string =>
  `${first!.thing}-${first!.property}${others.length > 0 ? `-and-${others.length}-more` : ''}-${what}`
