import type { ThingView } from './contract.ts'

/** The definition of a thing without what lives: what `POST /things` takes to make it again. */
export function definitionOf(view: ThingView) {
  const { id, title, description, area, profile, connection, properties } = view
  return {
    id,
    title,
    ...(description !== undefined && { description }),
    ...(area !== undefined && { area }),
    ...(profile !== undefined && { profile }),
    ...(connection !== undefined && { connection }),
    properties: properties.map(({ last: _last, tag: _tag, ...definition }) => definition),
  }
}
