import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createConnect } from '#connect'
import { Bus, silentLogger, success, systemClock } from '#kernel'
import type { PlantEvent, PlantEvents } from '#model'
import { openDatabase } from '#storage'
import { memoryDriver } from '../fakes/memory-driver.ts'
import { MemoryHistorian } from '../fakes/memory-historian.ts'

describe('a process killed in the middle of a write', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'iw-command-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('leaves a record that is unknown after the restart, and the write is not repeated', async () => {
    const program = fileURLToPath(new URL('../fakes/command-crash.ts', import.meta.url))
    const child = spawn(process.execPath, ['-C', 'source', program, folder], {
      cwd: join(import.meta.dirname, '../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    expect(String(said)).toBe('sent\n')
    child.kill('SIGKILL')
    await once(child, 'exit')

    const database = await openDatabase({ folder, log: silentLogger })
    const driver = memoryDriver()
    const bus = new Bus<PlantEvents>()
    const events: PlantEvent[] = []
    bus.on('plant.event', (event) => events.push(event))
    const connect = createConnect({
      ...{ database, historian: new MemoryHistorian(), bus, clock: systemClock, log: silentLogger },
      ...{ authorizer: { authorize: () => success(undefined) }, drivers: [driver], profilesFolder: 'none' },
    })
    await connect.start()
    const records = await connect.commands.list({ limit: 10 })
    expect(records).toMatchObject([
      {
        thing: 'valve',
        property: 'opening',
        value: 30,
        previous: 20,
        outcome: 'unknown',
        code: 'IW_COMMAND_UNKNOWN_OUTCOME',
      },
    ])
    expect(records[0]!.finishedAt).toBeGreaterThan(records[0]!.requestedAt)
    expect(events).toMatchObject([{ kind: 'command.failed', thing: 'valve', detail: { outcome: 'unknown' } }])
    expect(driver.machine('valve').writes).toEqual([])
    await connect.stop()
    await database.close()
  })
})
