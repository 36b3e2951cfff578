import type { Connect } from '#connect'
import type { Bus, Clock, Logger, Microseconds } from '#kernel'
import type { LocalText, PlantEvents } from '#model'
import type { Authenticator, Authorizer, Historian } from '#ports'
import type { LiveHub } from './live/hub.ts'
import type { Measures } from './measures/measures.ts'
import type { OpenApiDocument } from './openapi/document.ts'
import type { HttpSettings } from './settings.ts'

/** What the instance says of itself. */
export interface SystemFacts {
  readonly name: string
  readonly title: LocalText
  readonly version: string
  /** Id of the data folder. */
  readonly instance: string
  readonly demo: boolean
  /** IANA time zone of the site. */
  readonly zone: string
  readonly startedAt: Microseconds
  /** Words of the protocols there are drivers for. */
  readonly protocols: readonly string[]
}

/** The rooms that routes call, and what the server stands on. */
export interface HttpOptions {
  readonly connect: Connect
  readonly historian: Historian
  readonly authenticator: Authenticator
  readonly authorizer: Authorizer
  readonly bus: Bus<PlantEvents>
  readonly clock: Clock
  readonly log: Logger
  readonly settings: HttpSettings
  readonly system: () => SystemFacts
  /** The built web console; without it `/` says how to build it. */
  readonly consoleFolder?: string
}

/** What a route may use: the rooms, and the few things the server itself keeps. */
export interface House extends HttpOptions {
  readonly live: LiveHub
  readonly measures: Measures
  /** The OpenAPI document of all routes. */
  readonly document: () => OpenApiDocument
}
