import type { TagId } from '#model'
import type { Historian } from '#ports'

/** What a client wants to hear of: some things, or all. Clients with the same key share every frame. */
export interface Subscription {
  readonly key: string
  readonly things: readonly string[] | undefined
  wantsThing(thing: string | undefined): boolean
  wanted(tags: ArrayLike<TagId>): ArrayLike<TagId>
}

export function createSubscription(
  things: readonly string[] | undefined,
  historian: Pick<Historian, 'tag'>,
): Subscription {
  if (!things) return { key: '*', things, wantsThing: () => true, wanted: (tags) => tags }
  const names = new Set(things)
  // A tag belongs to its thing for ever, so the answer is looked up once.
  const answers = new Map<TagId, boolean>()
  const wants = (tag: TagId): boolean => {
    const known = answers.get(tag)
    if (known !== undefined) return known
    const answer = names.has(historian.tag(tag)?.thing ?? '')
    answers.set(tag, answer)
    return answer
  }
  return {
    key: subscriptionKey(things),
    things,
    wantsThing: (thing) => thing === undefined || names.has(thing),
    wanted: (tags) => Array.from(tags).filter(wants),
  }
}

export const subscriptionKey = (things: readonly string[] | undefined): string =>
  things ? JSON.stringify(things.toSorted()) : '*'
