import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnect, createModbusDriver } from '#connect'
import { startSimulator } from '#demo'
import { createHistorian } from '#historian'
import { createHttpServer, httpSettings } from '#http'
import { createIdentity } from '#identity'
import { Bus, silentLogger, systemClock } from '#kernel'
import type { PlantEvents } from '#model'
import { openDatabase } from '#storage'

const root = join(import.meta.dirname, '../..')

/** All rooms wired as an instance wires them, with Old Mill's machines behind real sockets and a console of the test's. */
export async function startDemoHouse(consoleFolder: string, speed = 1) {
  const folder = mkdtempSync(join(tmpdir(), 'iw-console-'))
  const clock = systemClock
  const log = silentLogger
  const simulator = await startSimulator({ seed: 1, speed, basePort: 0, host: '127.0.0.1', clock, log })
  const database = await openDatabase({ folder, log })
  const historian = createHistorian({ folder: join(folder, 'readings'), clock, log })
  await historian.start()
  const bus = new Bus<PlantEvents>()
  historian.onCommitted((batch) => bus.emit('readings.committed', batch))
  const { authenticator, authorizer } = createIdentity({ token: 'a-token-of-a-test' })
  const connect = createConnect({
    historian,
    database,
    bus,
    authorizer,
    drivers: [createModbusDriver()],
    clock,
    log,
    profilesFolder: join(root, 'profiles'),
    settingsThings: simulator.things,
  })
  await connect.start()
  const http = createHttpServer({
    connect,
    historian,
    authenticator,
    authorizer,
    bus,
    clock,
    log,
    settings: httpSettings.parse({ port: 0 }),
    system: () => ({
      name: 'old-mill',
      title: { en: 'Old Mill', zh: '老磨坊' },
      version: '0.1.0',
      instance: 'test',
      demo: true,
      zone: 'UTC',
      startedAt: clock.now(),
      protocols: ['modbus'],
    }),
    folder,
    consoleFolder,
  })
  const { port } = await http.start()
  return {
    url: `http://127.0.0.1:${port}`,
    simulator,
    connect,
    historian,
    async stop(): Promise<void> {
      await http.stop()
      await connect.stop()
      await historian.stop()
      await database.close()
      await simulator.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
