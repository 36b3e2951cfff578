import type { Connect } from '#connect'
import type { Bus, Clock, Logger, Microseconds } from '#kernel'
import type { LocalText, PlantEvents } from '#model'
import type { Authenticator, Authorizer, BackupOptions, Historian } from '#ports'
import type { Jobs } from './jobs/jobs.ts'
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

/** A backup that is there. */
interface BackupFacts {
  /** Name of its folder. */
  readonly id: string
  readonly folder: string
  readonly createdAt: Microseconds
  readonly bytes: number
  readonly files: number
  readonly rows: number
  readonly tags: number
  readonly version: string
  readonly by: 'person' | 'schedule'
}

/** Makes and keeps backups of the instance. */
export interface BackupKeeper {
  readonly folder: string
  create(options?: BackupOptions): Promise<BackupFacts>
  /** Newest first. */
  list(): readonly BackupFacts[]
  remove(id: string): void
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
  /** Without it `/backups` says that there are none. */
  readonly backups?: BackupKeeper
  readonly system: () => SystemFacts
  /** The data folder: for files that are asked for, in `exports` and `tmp`. */
  readonly folder: string
  /** The built web console; without it `/` says how to build it. */
  readonly consoleFolder?: string
}

/** What a route may use: the rooms, and the few things the server itself keeps. */
export interface House extends HttpOptions {
  readonly live: LiveHub
  readonly measures: Measures
  /** Long work that goes on when nobody looks. */
  readonly jobs: Jobs
  /** The OpenAPI document of all routes. */
  readonly document: () => OpenApiDocument
}
