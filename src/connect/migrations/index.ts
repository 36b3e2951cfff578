import type { Migration } from '#ports'
import { things } from './0001-things.ts'
import { commands } from './0002-commands.ts'
import { events } from './0003-events.ts'
import { imports } from './0004-imports.ts'

/** All steps of this room's tables, oldest first. Never change a released one: add another. */
export const migrations: readonly Migration[] = [things, commands, events, imports]
