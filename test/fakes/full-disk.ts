import { execFileSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { ProgramFolder, type RunningProgram } from './program.ts'

/*
 * Run in a mount namespace, with a tmpfs as its argument: an instance on it takes lines, the file system is made as small
 * as what is on it and later large again, the instance is killed and started once more. What happened is the last line.
 */
const [disk = ''] = process.argv.slice(2)
const folder = new ProgramFolder(disk)
let next = 0

/** Sends ten lines, new ones each time; what was answered. */
async function send({ url }: RunningProgram): Promise<{ status: number; retryAfter: string | null; said: string }> {
  const lines = Array.from({ length: 10 }, () => `scale weight=${next} ${1_767_225_600_000 + next++}`)
  const answer = await fetch(`${url}/write?precision=ms`, { method: 'POST', body: lines.join('\n') })
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), said: await answer.text() }
}

const ask = async <T>({ url }: RunningProgram, path: string): Promise<T> =>
  (await (await fetch(`${url}/api/v1/${path}`)).json()) as T

async function stored(program: RunningProgram): Promise<ReadonlySet<number>> {
  const path = 'things/scale/properties/weight/readings?from=2025-12-31T00:00:00Z&to=2026-02-01T00:00:00Z&limit=100000'
  return new Set((await ask<{ value: number[] }>(program, path)).value)
}

const storage = async (program: RunningProgram) =>
  (await ask<{ historian: { accepting: boolean; refusal?: { code: string } } }>(program, 'system')).historian

const resize = (size: string) => execFileSync('mount', ['-o', `remount,size=${size}`, disk])

async function until(done: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 400; tries++) {
    if (await done()) return true
    await wait(25)
  }
  return false
}

const acknowledged: number[] = []
async function sendSome(program: RunningProgram, requests: number): Promise<void> {
  for (let n = 0; n < requests; n++) {
    const first = next
    const { status, said } = await send(program)
    if (status !== 204) throw new Error(`answered with ${status}: ${said}`)
    for (let value = first; value < next; value++) acknowledged.push(value)
  }
}

/** The last page of the journal may have room for some more. */
async function sendUntilRefused(program: RunningProgram) {
  for (let tries = 0; tries < 200; tries++) {
    const first = next
    const answer = await send(program)
    if (answer.status !== 204) return answer
    for (let value = first; value < next; value++) acknowledged.push(value)
    await wait(10)
  }
  throw new Error('never refused')
}

const missing = async (program: RunningProgram) => {
  const there = await stored(program)
  return acknowledged.filter((value) => !there.has(value)).length
}

try {
  const program = await folder.start()
  await sendSome(program, 20)
  const { blocks, bfree, bsize } = statfsSync(disk)
  resize(String((blocks - bfree) * bsize))
  const refused = await sendUntilRefused(program)
  const whileFull = {
    refused,
    storage: await storage(program),
    missing: await missing(program),
    eventSeen: await until(async () => (await kinds(program)).includes('storage.refusing')),
    addedThing: await addThing(program),
    things: (await ask<{ things: { id: string }[] }>(program, 'things')).things.map(({ id }) => id),
  }
  resize('2g')
  const acceptsAgain = await until(async () => (await storage(program)).accepting)
  await sendSome(program, 20)
  const goneOn = await until(async () => (await kinds(program)).includes('storage.accepting'))
  const addedAfter = await addThing(program)
  await program.end('SIGKILL')
  const again = await folder.start()
  const after = { missing: await missing(again), acknowledged: acknowledged.length, kinds: await kinds(again) }
  await again.end('SIGKILL')
  console.log(JSON.stringify({ whileFull, acceptsAgain, goneOn, addedAfter, after }))
} finally {
  await folder.close()
}

async function kinds(program: RunningProgram): Promise<readonly string[]> {
  const { events } = await ask<{ events: { kind: string }[] }>(program, 'events?limit=50')
  return events.map(({ kind }) => kind)
}

/** What adding a machine, which goes to the state database, is answered with. */
async function addThing({ url }: RunningProgram): Promise<{ status: number; code?: string }> {
  const connection = { protocol: 'modbus', host: '127.0.0.1', port: 9 }
  const body = JSON.stringify({ id: `pump-${next++}`, connection, properties: [] })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/api/v1/things`, { method: 'POST', headers, body })
  const { code } = (await answer.json()) as { code?: string }
  return { status: answer.status, ...(code !== undefined && { code }) }
}
