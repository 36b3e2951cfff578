import { cpSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ProgramFolder, type RunningProgram } from '../fakes/program.ts'

let folder: ProgramFolder
beforeEach(() => {
  folder = new ProgramFolder()
})
afterEach(() => folder.close())

const begin = 1_767_225_600_000
const rowsEach = 20

/** Sends a request of some lines; the values go on from one request to the next. */
async function send({ url }: RunningProgram, request: number): Promise<void> {
  const values = Array.from({ length: rowsEach }, (_, row) => request * rowsEach + row)
  const body = values.map((value) => `scale weight=${value} ${begin + value}`).join('\n')
  expect((await fetch(`${url}/write?precision=ms`, { method: 'POST', body })).status).toBe(204)
}

async function stored({ url }: RunningProgram): Promise<readonly number[]> {
  const path = '/api/v1/things/scale/properties/weight/readings?from=2025-12-31&to=2026-01-02&limit=10000'
  return ((await (await fetch(url + path)).json()) as { value: number[] }).value
}

async function torn({ url }: RunningProgram): Promise<number> {
  const system = (await (await fetch(`${url}/api/v1/system`)).json()) as {
    historian: { recovery: { tornBytes: number } }
  }
  return system.historian.recovery.tornBytes
}

it('starts on a journal that ends in the middle of a write, says so, serves what is whole and takes more', {
  timeout: 60_000,
}, async () => {
  const program = await folder.start()
  for (let request = 0; request < 30; request++) await send(program, request)
  await program.end('SIGKILL')
  const kept = join(folder.path, 'kept')
  cpSync(folder.data, kept, { recursive: true })

  for (const cut of [1, 150, 3_001]) {
    rmSync(folder.data, { recursive: true })
    cpSync(kept, folder.data, { recursive: true })
    const journal = join(folder.data, 'readings', 'journal')
    const segment = join(journal, readdirSync(journal).toSorted().at(-1)!)
    truncateSync(segment, statSync(segment).size - cut)

    const again = await folder.start()
    expect(await torn(again)).toBeGreaterThan(0)
    expect(again.log()).toMatch(/torn|cut/)
    const values = await stored(again)
    expect(values.length % rowsEach).toBe(0)
    expect(values.length).toBeLessThan(30 * rowsEach)
    expect(values.length).toBeGreaterThan(0)
    expect(values).toEqual(Array.from({ length: values.length }, (_, value) => value))
    await send(again, 30)
    expect(await stored(again)).toHaveLength(values.length + rowsEach)
    await again.end('SIGKILL')
  }
})
