import { join } from 'node:path'
import { type Connect, createConnect } from '#connect'
import { createHistorian } from '#historian'
import { createHttpServer, type SystemFacts } from '#http'
import { createIdentity, readOrMakeToken } from '#identity'
import { Bus, type Clock, type Logger, systemClock } from '#kernel'
import type { PlantEvents, Thing } from '#model'
import type { Historian } from '#ports'
import { createClickHouseHistorian, openDatabase } from '#storage'
import { openBackups } from './backup/backups.ts'
import { scheduleBackups } from './backup/schedule.ts'
import { type DataFolder, openDataFolder } from './data-folder.ts'
import { createDrivers } from './drivers.ts'
import { places, programVersion } from './places.ts'
import { releaseStartMemory } from './release-memory.ts'
import { retentionOf } from './settings/retention.ts'
import type { Settings } from './settings/schema.ts'
import { Stops } from './stops.ts'
import { watchStorage } from './watch-storage.ts'

export interface InstanceOptions {
  readonly settings: Settings
  readonly log: Logger
  readonly clock?: Clock
  /** Whether its machines are those of the demo plant. */
  readonly demo?: boolean
  /** Done once all things and their tags are known, before any machine is asked. */
  readonly beforeMachines?: (historian: Historian, things: readonly Thing[]) => Promise<void>
}

/** An instance that runs: everything of one company's node. */
export interface Instance {
  /** Where console and API are. */
  readonly url: string
  /** The data folder's id. */
  readonly id: string
  /** How many machines it knows. */
  readonly things: () => number
  /** Stops everything in reverse order. Resolves to whether all of it stopped without an error. */
  stop(): Promise<boolean>
}

/**
 * Starts an instance: every part, in start order, and how it is wired. When a part fails to start, those before it are
 * stopped again and its error is thrown.
 */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { settings, log, clock = systemClock } = options
  const stops = new Stops(log)
  try {
    const startedAt = clock.now()
    const folder = openDataFolder(settings.data)
    stops.push('data folder', () => folder.release())

    const database = await openDatabase({
      folder: folder.path,
      log: room(log, 'storage'),
      ...(settings.database !== undefined && { url: settings.database }),
    })
    stops.push('database', () => database.close())

    const { authenticator, authorizer } = createIdentity({ token: readOrMakeToken(folder.path) })
    const bus = new Bus<PlantEvents>((event, error) => log.error({ event, error }, 'a listener on the bus failed'))

    const historian = openHistorian(settings, folder, { clock, log: room(log, 'historian') })
    stops.push('historian', () => historian.stop())
    await historian.start()
    stops.push(
      'bus',
      historian.onCommitted((batch) => bus.emit('readings.committed', batch)),
    )

    const drivers = createDrivers()
    const connect: Connect = createConnect({
      historian,
      database,
      bus,
      authorizer,
      drivers,
      clock,
      log: room(log, 'connect'),
      profilesFolder: settings.connect.profiles ?? places.profiles,
      settingsThings: settings.things,
      limits: settings.connect.limits,
      importsFolder: `${folder.path}/imports`,
      beforeSessions: async () => await options.beforeMachines?.(historian, connect.things.list()),
    })
    stops.push('connect', () => connect.stop())
    await connect.start()
    stops.push('storage watch', watchStorage(historian, connect.events, clock))

    const zone = settings.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
    const system = (): SystemFacts => ({
      name: settings.name,
      title: settings.title ?? { en: settings.name },
      version: programVersion,
      instance: folder.id,
      demo: options.demo === true,
      zone,
      startedAt,
      protocols: drivers.map(({ protocol }) => protocol),
    })
    const backups = openBackups({
      folder: settings.backup.folder ?? join(folder.path, 'backups'),
      historian,
      database,
      instance: folder.id,
      name: settings.name,
      version: programVersion,
      clock,
      log: room(log, 'backup'),
    })
    stops.push(
      'backup schedule',
      scheduleBackups({ ...settings.backup, zone, backups, clock, log: room(log, 'backup') }),
    )
    const http = createHttpServer({
      connect,
      historian,
      authenticator,
      authorizer,
      bus,
      clock,
      log: room(log, 'http'),
      settings: settings.http,
      backups,
      system,
      folder: folder.path,
      consoleFolder: places.console,
    })
    stops.push('http server', () => http.stop())
    const { url } = await http.start()

    releaseStartMemory()
    announce({ folder, url, startedAt, settings, connect, historian, log })
    return { url, id: folder.id, things: () => connect.things.list().length, stop: () => stops.run() }
  } catch (error) {
    await stops.run()
    throw error
  }
}

/** Readings are kept where the settings say: in files of the data folder, or in ClickHouse. */
function openHistorian(
  { historian }: Settings,
  { path, id }: DataFolder,
  own: { clock: Clock; log: Logger },
): Historian {
  const { url, retention, ...embedded } = historian
  if (url !== undefined) return createClickHouseHistorian({ url, owner: id, ...own })
  return createHistorian({ folder: `${path}/readings`, ...embedded, retention: retentionOf(retention), ...own })
}

const room = (log: Logger, name: string): Logger => log.child({ room: name })

interface Started {
  readonly folder: DataFolder
  readonly url: string
  readonly startedAt: number
  readonly settings: Settings
  readonly connect: Connect
  readonly historian: Historian
  readonly log: Logger
}

/** Tells programs (instance.json), the plant's events and the log that the instance is there. */
function announce({ folder, url, startedAt, settings, connect, historian, log }: Started): void {
  const certificate = settings.http.tls?.certificate
  folder.announce({ pid: process.pid, url, startedAt, ...(certificate !== undefined && { certificate }) })
  connect.events.record({ kind: 'instance.started', at: startedAt, detail: { version: programVersion } })
  const { recovery } = historian.status()
  const fields = { url, data: folder.path, things: connect.things.list().length, replayed: recovery.rows }
  log.info(fields, `interwork ${programVersion} is ready`)
}
