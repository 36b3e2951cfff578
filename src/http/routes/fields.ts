import { z } from 'zod'
import { IwError } from '#kernel'
import type { Thing } from '#model'
import type { House } from '../house.ts'

/** Fields that several routes share. */
export const thingParams = z.object({ thing: z.string().max(200).describe('id of the thing') })
export const propertyParams = thingParams.extend({ property: z.string().max(128).describe('name of the property') })

export const limit = (most: number, usual: number) =>
  z.coerce.number().int().min(1).max(most).default(usual).describe(`rows on a page, at most ${most}`)

export const cursor = z.string().max(1_000).optional().describe('`next` of the page before')

/** `a,b,c` as a list without doubles, at most `most` of them. Ids may hold commas: write those as `\,`. */
export const list = (most: number) =>
  z
    .string()
    .max(16_000)
    .transform((text) => [...new Set(splitList(text))])
    .pipe(z.array(z.string()).min(1).max(most))

const splitList = (text: string) =>
  (text.match(/(?:\\.|[^,\\])+/gs) ?? []).map((part) => part.replaceAll(/\\(.)/gs, '$1'))

/** Ids of tags, as live messages carry them. */
export const tagList = (most: number) =>
  list(most).pipe(
    z.array(
      z
        .string()
        .regex(/^\d{1,9}$/, 'not the id of a tag')
        .transform(Number),
    ),
  )

/** Throws `IW_CONNECT_UNKNOWN_THING`. */
export function findThing({ connect }: House, id: string): Thing {
  const thing = connect.things.get(id)
  if (!thing) throw new IwError('IW_CONNECT_UNKNOWN_THING', `There is no thing "${id}"`)
  return thing
}

/** The definition of a property. Throws `IW_CONNECT_UNKNOWN_THING`, `IW_CONNECT_UNKNOWN_PROPERTY`. */
export function findProperty(house: House, id: string, name: string) {
  const thing = findThing(house, id)
  const property = thing.properties.find((one) => one.name === name)
  const tag = house.connect.things.tag(id, name)
  if (!property || !tag) throw new IwError('IW_CONNECT_UNKNOWN_PROPERTY', `"${id}" has no property "${name}"`)
  return { thing, property, tag }
}

/** Throws `IW_HISTORIAN_UNKNOWN_TAG`. */
export function findTag({ historian }: House, id: number) {
  const tag = historian.tag(id)
  if (!tag) throw new IwError('IW_HISTORIAN_UNKNOWN_TAG', `There is no tag ${id}`)
  return tag
}
