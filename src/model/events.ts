import type { Microseconds } from '#kernel'
import type { CommandRecord } from './command.ts'
import type { ConnectionStatus } from './connection.ts'
import type { ReadingBatch } from './reading-batch.ts'
import type { Thing } from './thing.ts'

/** Something worth a line in "Last events": kept in the state database, newest first. */
export interface PlantEvent {
  readonly id: string
  readonly at: Microseconds
  readonly kind:
    | 'connection.lost'
    | 'connection.restored'
    | 'command.done'
    | 'command.failed'
    | 'thing.added'
    | 'thing.removed'
    | 'instance.started'
    | 'storage.refusing'
    | 'storage.accepting'
  readonly thing?: string
  /** Values of the sentence the console makes of it, by language. */
  readonly detail: Readonly<Record<string, string | number>>
}

/** Every event of the in-process bus: the whole story of what the rooms say to each other. */
export interface PlantEvents {
  /** Readings that are on disk; in the order of the journal. */
  'readings.committed': ReadingBatch
  'thing.added': Thing
  'thing.changed': Thing
  'thing.removed': { readonly id: string }
  'connection.changed': ConnectionStatus
  'command.finished': CommandRecord
  'plant.event': PlantEvent
}
