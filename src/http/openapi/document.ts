import { z } from 'zod'
import { localText } from '#model'
import { problem } from '../contract.ts'
import { isMedia, type Media, type Route } from '../route.ts'

/** JSON Schema 2020-12, as OpenAPI 3.1 uses it. */
export type JsonSchema = Readonly<Record<string, unknown>>

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonSchema
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>

export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly required: true; readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>
  readonly security: readonly object[]
}

/** The part of OpenAPI 3.1 we write. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly securitySchemes: Readonly<Record<string, object>>
  }
}

/** Describes the routes. The schemas that check requests are the ones described: the two cannot drift apart. */
export function openApiDocument(routes: readonly Route[], version: string): OpenApiDocument {
  const schemas: Record<string, JsonSchema> = {}
  const paths: Record<string, Record<string, Operation>> = {}
  for (const route of routes) {
    const path = paths[route.path] ?? {}
    path[route.method.toLowerCase()] = operation(route, schemas)
    paths[route.path] = path
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Interwork',
      version,
      description:
        'Machines, their values and what was done to them. Times are µs since 1970-01-01 UTC. From this machine no token is needed; from elsewhere send the one in the data folder.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas,
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'the token of the data folder' } },
    },
  }
}

type Schemas = Record<string, JsonSchema>

function operation(route: Route, schemas: Schemas): Operation {
  const body = requestBody(route, schemas)
  return {
    operationId: operationId(route),
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    tags: [tagOf(route.path)],
    parameters: [
      ...parametersOf(route.params, 'path'),
      ...parametersOf(route.query, 'query'),
      ...(route.method === 'PUT' ? [ifMatch] : []),
    ],
    ...(body && { requestBody: body }),
    responses: {
      [route.status ?? (route.reply === null ? 204 : 200)]: success(route, schemas),
      default: {
        description: 'A failure: `code` for programs, `message` and `remedy` for people',
        content: { 'application/json': { schema: jsonSchema(problem, 'output', schemas) } },
      },
    },
    security: route.right === 'none' ? [] : [{ token: [] }, {}],
  }
}

const ifMatch: Parameter = {
  name: 'If-Match',
  in: 'header',
  required: true,
  description: 'the version that was read, such as "3"',
  schema: { type: 'string' },
}

function requestBody(route: Route, schemas: Schemas): Operation['requestBody'] {
  const content: Record<string, { schema: JsonSchema }> = {}
  for (const media of route.bodyMedia ?? []) content[media] = { schema: { type: 'string' } }
  const shape = route.documentedBody ?? route.body
  if (shape && !route.bodyMedia) content['application/json'] = { schema: jsonSchema(shape, 'input', schemas) }
  return Object.keys(content).length > 0 ? { required: true, content } : undefined
}

function success(route: Route, schemas: Schemas) {
  if (route.reply === null) return { description: 'Done' }
  const all: readonly (z.ZodType | Media)[] = [route.reply, ...(route.alternatives ?? [])]
  const content: Record<string, { schema: JsonSchema }> = {}
  for (const one of all) {
    if (isMedia(one)) content[one.media] = { schema: mediaSchema(one, schemas) }
    else content['application/json'] = { schema: jsonSchema(one, 'output', schemas) }
  }
  return { description: 'Done', content }
}

function mediaSchema({ description, schema }: Media, schemas: Schemas): JsonSchema {
  return schema ? { description, ...jsonSchema(schema, 'output', schemas) } : { type: 'string', description }
}

/** The schema of a zod type; named ones go to `schemas` and are referred to. */
function jsonSchema(shape: z.ZodType, io: 'input' | 'output', schemas: Schemas): JsonSchema {
  const { $schema, $defs, ...schema } = z.toJSONSchema(shape, {
    io,
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema: json }) {
      if (zodSchema === localText && io === 'output') Object.assign(json, localTextOutput)
    },
  })
  for (const [name, named] of Object.entries($defs ?? {})) schemas[name] = relocated(named) as JsonSchema
  return relocated(schema) as JsonSchema
}

/** What its transform makes of it, which zod cannot tell. */
const localTextOutput = {
  type: 'object',
  properties: { en: { type: 'string' }, zh: { type: 'string' } },
  required: ['en'],
}

/** References by OpenAPI's place for schemas; safe integers need no bounds to be named. */
function relocated(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(relocated)
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]) => {
      if (key === 'id' && typeof value === 'string') return []
      if ((key === 'minimum' || key === 'maximum') && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER) return []
      if (key === '$ref') return [[key, String(value).replace('#/$defs/', '#/components/schemas/')]]
      return [[key, relocated(value)]]
    }),
  )
}

function parametersOf(fields: z.ZodObject | undefined, place: 'path' | 'query'): Parameter[] {
  if (!fields) return []
  const { properties = {}, required = [] } = jsonSchema(fields, 'input', {}) as {
    properties?: Record<string, JsonSchema & { description?: string }>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }))
}

const operationId = ({ method, path }: Route) =>
  `${method.toLowerCase()}_${path.replaceAll(/[{}]/g, '').replaceAll(/[^A-Za-z0-9]+/g, '_')}`.replaceAll(/_+/g, '_')

/** The heading an address stands under. */
function tagOf(path: string): string {
  const word = path.replace('/api/v1/', '').split('/')[0]!
  if (/^\/(write|api\/v2|ping|query)/.test(path)) return 'Line protocol'
  const headings: Readonly<Record<string, string>> = {
    things: 'Things',
    readings: 'Readings',
    commands: 'Commands',
    live: 'Live',
    jobs: 'Jobs',
    merges: 'Jobs',
    exports: 'Jobs',
  }
  return headings[word] ?? 'System'
}
