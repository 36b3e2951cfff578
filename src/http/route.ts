import type { FastifyReply } from 'fastify'
import type { z } from 'zod'
import type { Principal, Right } from '#model'
import type { House } from './house.ts'

/** A reply that is not JSON: its media type, and the shape of one message where it has one. */
export interface Media {
  readonly media: string
  readonly description: string
  readonly schema?: z.ZodType
}

type Fields = z.ZodObject
type ReplyShape = z.ZodType | Media | null

/** What a handler is given: everything checked, nothing raw. */
interface Asked<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly principal: Principal
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** What a handler gives back: the reply's shape, nothing for 204, or `answer` itself once it was sent another way. */
type Answered<Reply> = FastifyReply | (Reply extends z.ZodType ? z.input<Reply> : undefined)

/**
 * One address of the API: the one place that says what it takes, who may ask and what it answers. The server mounts it,
 * `/api/v1/openapi.json` and `/api/docs` describe it, a test calls it.
 */
export interface RouteDefinition<
  Params extends Fields,
  Query extends Fields,
  Body extends z.ZodType,
  Reply extends ReplyShape,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string
  readonly summary: string
  readonly description?: string
  /** What the principal must be allowed to; asked for the thing where the path has `{thing}`. */
  readonly right: Right | 'none'
  readonly params?: Params
  /** Unknown fields are refused: a misspelt one would silently widen a question. */
  readonly query?: Query
  readonly body?: Body
  /** Shown in the document in place of `body` where a room does the checking itself. */
  readonly documentedBody?: z.ZodType
  /** Bodies of these kinds instead of JSON; they arrive as one Buffer, unzipped. */
  readonly bodyMedia?: readonly string[]
  /** JSON of this shape; `null`: 204 without a body. */
  readonly reply: Reply
  readonly status?: number
  /** What else it can answer with, by the Accept header or a parameter. */
  readonly alternatives?: readonly Media[]
  /**
   * It changes something and takes bodies that a web page may send without asking first, so requests by pages are
   * refused altogether.
   */
  readonly notFromPages?: boolean
  /** Takes the credentials of InfluxDB 1.x too: `u` and `p` parameters. */
  readonly passwordInQuery?: boolean
  /** Shapes a failure in the words of another program. */
  readonly refuse?: (answer: FastifyReply, status: number, code: string, message: string) => object
  handle(
    asked: Asked<z.output<Params>, z.output<Query>, z.output<Body>>,
    house: House,
    answer: FastifyReply,
  ): Answered<Reply> | Promise<Answered<Reply>>
}

/** A route whose types were checked where it was defined. */
// biome-ignore lint/suspicious/noExplicitAny: a list of routes of every shape; each was checked by `route()`
export type Route = RouteDefinition<any, any, any, any>

/** Defines a route; only checks its types. */
export function route<
  Params extends Fields = z.ZodObject<Record<never, never>>,
  Query extends Fields = z.ZodObject<Record<never, never>>,
  Body extends z.ZodType = z.ZodUndefined,
  Reply extends ReplyShape = ReplyShape,
>(definition: RouteDefinition<Params, Query, Body, Reply>): Route {
  return definition
}

export const isMedia = (reply: ReplyShape): reply is Media => reply !== null && 'media' in reply
