import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { ImportPage } from '#instance'
import { clientFor } from '#instance'
import { ProgramFolder } from '../fakes/program.ts'

const folders: ProgramFolder[] = []

afterEach(async () => {
  for (const folder of folders.splice(0)) await folder.close()
})

const rows = 300_000
const start = Date.UTC(2026, 0, 1)

/** A table of three values a second; each value says which row it is of. */
function writeTable(path: string): void {
  const lines = ['time,a,b,note']
  for (let row = 0; row < rows; row++)
    lines.push(
      `${new Date(start + row * 1000).toISOString()},${row},${(row / 8).toFixed(3)},${row % 1000 === 0 ? `row ${row}` : ''}`,
    )
  writeFileSync(path, `${lines.join('\n')}\n`)
}

/** The command, so that it can be killed. */
function importing(folder: ProgramFolder): ChildProcess {
  const main = join(import.meta.dirname, '../../src/cli/main.ts')
  const args = ['-C', 'source', main, 'import', 'table.csv', '--thing', 'm', '--data', folder.data, '--json']
  return spawn(process.execPath, args, { cwd: folder.path, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function codeOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

/** Waits until the import has got somewhere beyond `offset`. */
async function beyond(folder: ProgramFolder, offset: number): Promise<number> {
  for (;;) {
    const list = await clientFor([folder.data]).json<{ imports: ImportPage[] }>('/api/v1/imports')
    const [first] = list.imports
    if (first && (first.offset > offset || first.state !== 'running')) return first.offset
    await delay(5)
  }
}

describe('an import, killed half-way', { timeout: 120_000 }, () => {
  it('goes on after kill -9 of the instance and of the command; every row is there once', async () => {
    const folder = new ProgramFolder()
    folders.push(folder)
    writeTable(join(folder.path, 'table.csv'))
    let program = await folder.start()
    const first = importing(folder)
    const reached = await beyond(folder, 0)
    await program.end('SIGKILL')
    expect(await codeOf(first)).not.toBe(0)

    program = await folder.start()
    const second = importing(folder)
    const further = await beyond(folder, reached)
    second.kill('SIGKILL')
    await codeOf(second)

    const { code, out } = await folder.run('import', 'table.csv', '--thing', 'm', '--data', folder.data, '--json')
    expect(code).toBe(0)
    const view = JSON.parse(out) as ImportPage
    expect(view).toMatchObject({ state: 'done', rows, rejected: 0, readings: 2 * rows + rows / 1000 })
    console.log(`killed at ${reached} and ${further} of ${view.bytes} bytes`)
    const client = clientFor([folder.data])
    const csv = await client.text('/api/v1/things/m/properties/a/readings?format=csv&from=2026-01-01')
    const read = csv.trim().split('\r\n').slice(1)
    expect(read).toHaveLength(rows)
    const wrong = read.findIndex((line, row) => {
      const [time, , , value] = line.split(',')
      return Date.parse(time!) !== start + row * 1000 || value !== String(row)
    })
    expect(wrong).toBe(-1)
    expect(await program.end('SIGTERM')).toBe(0)
  })

  it('stops at Ctrl-C where it can go on, and says so', async () => {
    const folder = new ProgramFolder()
    folders.push(folder)
    writeTable(join(folder.path, 'table.csv'))
    const program = await folder.start()
    const command = importing(folder)
    await beyond(folder, 0)
    command.kill('SIGINT')
    expect(await codeOf(command)).toBe(7)
    const { code, out } = await folder.run('import', 'table.csv', '--thing', 'm', '--data', folder.data, '--json')
    expect([code, (JSON.parse(out) as ImportPage).rows]).toEqual([0, rows])
    expect(await program.end('SIGTERM')).toBe(0)
  })
})
