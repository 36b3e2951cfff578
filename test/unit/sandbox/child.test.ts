import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test, vi } from 'vitest'
import { type Logger, silentLogger, systemClock } from '#kernel'
import { Child, type ChildOptions } from '#sandbox'
import { ManualClock } from '../../fakes/manual-clock.ts'
import type { HelperAsk } from './fixtures/helper.ts'

const open: Child<HelperAsk, unknown>[] = []

function helper(options: Partial<ChildOptions> = {}): Child<HelperAsk, unknown> {
  const child = new Child<HelperAsk, unknown>({
    name: 'helper',
    importMetaUrl: import.meta.url,
    module: './fixtures/helper',
    log: silentLogger,
    clock: systemClock,
    ...options,
  })
  open.push(child)
  return child
}

afterEach(async () => {
  for (const child of open.splice(0)) await child.close()
})

/** Collects what is logged. */
function recordingLogger(): { log: Logger; lines: { fields: Record<string, unknown>; message: string }[] } {
  const lines: { fields: Record<string, unknown>; message: string }[] = []
  const take = (fields: object, message: string) => void lines.push({ fields: { ...fields }, message })
  const log: Logger = { debug: take, info: take, warn: take, error: take, child: () => log }
  return { log, lines }
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a child is started by the first request, answers many side by side, and ends when closed', async () => {
  const child = helper()
  expect(child.running).toBe(false)
  const answers = await Promise.all([1, 'two', { three: [3n] }].map((value) => child.ask({ do: 'echo', value })))
  expect(answers).toEqual([1, 'two', { three: [3n] }])
  const pid = child.pid!
  expect(child.running).toBe(true)
  await child.close()
  expect(child.running).toBe(false)
  expect(alive(pid)).toBe(false)
  await expect(child.ask({ do: 'echo', value: 1 })).rejects.toMatchObject({ code: 'IW_SANDBOX_ENDED' })
})

test('typed arrays travel both ways', async () => {
  const answer = await helper().ask({ do: 'double', numbers: Float64Array.of(1.5, Number.NaN, -0) })
  expect(answer).toBeInstanceOf(Float64Array)
  expect([...(answer as Float64Array)]).toEqual([3, Number.NaN, -0])
})

test('what the child throws keeps its code, message and detail', async () => {
  await expect(helper().ask({ do: 'refuse' })).rejects.toMatchObject({
    name: 'IwError',
    code: 'IW_SQL_INVALID',
    message: 'no such column',
    detail: { column: 'x' },
  })
})

test('an idle child ends and the next request starts another', async () => {
  const clock = new ManualClock()
  const child = helper({ clock, idleMs: 1000 })
  await child.ask({ do: 'echo', value: 1 })
  const first = child.pid!
  clock.advance(999)
  expect(child.pid).toBe(first)
  await child.ask({ do: 'echo', value: 1 })
  clock.advance(999)
  expect(child.pid).toBe(first)
  clock.advance(1)
  expect(child.running).toBe(false)
  await child.ask({ do: 'echo', value: 2 })
  expect(child.pid).not.toBe(first)
  await vi.waitFor(() => expect(alive(first)).toBe(false))
})

test('a child with a request under way is not idle', async () => {
  const clock = new ManualClock()
  const child = helper({ clock, idleMs: 1000 })
  const controller = new AbortController()
  const waiting = child.ask({ do: 'grow' }, { signal: controller.signal })
  await child.ask({ do: 'echo', value: 1 })
  clock.advance(60_000)
  expect(child.running).toBe(true)
  controller.abort()
  expect(await waiting).toBeTypeOf('number')
})

test('a child that is held is not idle between requests', async () => {
  const clock = new ManualClock()
  const child = helper({ clock, idleMs: 1000 })
  const letGo = child.hold()
  await child.ask({ do: 'echo', value: 1 })
  const { pid } = child
  clock.advance(60_000)
  expect(child.pid).toBe(pid)
  letGo()
  letGo()
  clock.advance(999)
  expect(child.pid).toBe(pid)
  clock.advance(1)
  expect(child.running).toBe(false)
})

test('a crash rejects what is under way, and its last words are in the log', async () => {
  const { log, lines } = recordingLogger()
  const outcome = { code: 'IW_SANDBOX_ENDED', detail: { reason: 'exit SIGKILL' } }
  await expect(helper({ log }).ask({ do: 'crash' })).rejects.toMatchObject(outcome)
  const ended = lines.find(({ fields }) => fields['code'] === 'IW_SANDBOX_ENDED')
  expect(ended!.fields['lastWords']).toContain('the last words')
})

test('after a crash the next start waits, longer each time until there was an answer', async () => {
  const clock = new ManualClock()
  const child = helper({ clock })
  const crash = (): Promise<unknown> => child.ask({ do: 'crash' }).catch(() => {})
  await crash()
  for (const backoffMs of [100, 200, 400]) {
    const next = crash()
    clock.advance(backoffMs - 1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(child.running).toBe(false)
    clock.advance(1)
    await vi.waitFor(() => expect(child.running).toBe(true))
    await next
  }
  clock.advance(10_000)
  expect(await child.ask({ do: 'echo', value: 'well again' })).toBe('well again')
  await crash()
  const next = child.ask({ do: 'echo', value: 'soon' })
  clock.advance(100)
  expect(await next).toBe('soon')
})

test('a child that does not answer in time is killed, even where it never yields', async () => {
  const child = helper()
  await child.ask({ do: 'echo', value: 1 })
  const pid = child.pid!
  await expect(child.ask({ do: 'hang' }, { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'IW_SANDBOX_ENDED',
    detail: { reason: 'timeout' },
  })
  expect(alive(pid)).toBe(false)
  expect(await child.ask({ do: 'echo', value: 2 })).toBe(2)
})

test('a signal that is aborted reaches the child', async () => {
  const controller = new AbortController()
  const child = helper()
  const asked = child.ask({ do: 'grow' }, { signal: controller.signal })
  await child.ask({ do: 'echo', value: 1 })
  controller.abort()
  expect(await asked).toBeTypeOf('number')
  await expect(child.ask({ do: 'echo', value: 1 }, { signal: controller.signal })).rejects.toThrow(/abort/)
})

test('a child that does not listen to the signal is killed after five seconds', async () => {
  const clock = new ManualClock()
  const child = helper({ clock })
  await child.ask({ do: 'echo', value: 1 })
  const controller = new AbortController()
  const asked = child.ask({ do: 'deaf' }, { signal: controller.signal })
  const settled = vi.fn()
  asked.catch(settled)
  await child.ask({ do: 'echo', value: 1 })
  controller.abort()
  clock.advance(4_999)
  await child.ask({ do: 'echo', value: 1 })
  expect(settled).not.toHaveBeenCalled()
  clock.advance(1)
  await expect(asked).rejects.toMatchObject({ code: 'IW_SANDBOX_ENDED' })
})

test('progress comes in order and thinned out, the newest not lost', async () => {
  const seen: unknown[] = []
  const answer = await helper().ask({ do: 'count', to: 10_000 }, { onProgress: (one) => seen.push(one) })
  expect(answer).toBe('counted')
  expect(seen[0]).toBe(1)
  expect(seen.at(-1)).toBe(10_000)
  expect(seen.length).toBeLessThan(10)
})

test('a child that floods its parent with messages is killed', async () => {
  await expect(helper().ask({ do: 'flood' })).rejects.toMatchObject({
    code: 'IW_SANDBOX_ENDED',
    detail: { reason: 'floods us with messages' },
  })
})

test('a child that writes too much fills no log', async () => {
  const { log, lines } = recordingLogger()
  expect(await helper({ log }).ask({ do: 'shout' })).toBe('done')
  await vi.waitFor(() => expect(lines.length).toBe(50))
  expect(lines[0]!.message).toBe('line 0')
})

test('a child that grows beyond its limit of memory ends', async () => {
  await expect(helper({ memoryLimitBytes: 200 * 2 ** 20 }).ask({ do: 'grow' })).rejects.toMatchObject({
    code: 'IW_SANDBOX_ENDED',
    detail: { reason: 'memory' },
  })
})

test('a child gets the heap and the variables it is given, and no secret of its parent', async () => {
  vi.stubEnv('INTERWORK_SECRET', 'hunter2')
  const child = helper({ environment: { INTERWORK_MODE: 'quiet' }, heapMegabytes: 64, niceness: 5 })
  expect(await child.ask({ do: 'variable', name: 'INTERWORK_SECRET' })).toBeUndefined()
  expect(await child.ask({ do: 'variable', name: 'INTERWORK_MODE' })).toBe('quiet')
  expect(await child.ask({ do: 'heap' })).toBe(64)
})

test('closing rejects what is under way', async () => {
  const child = helper()
  const asked = child.ask({ do: 'deaf' })
  const outcome = expect(asked).rejects.toMatchObject({ code: 'IW_SANDBOX_ENDED', detail: { reason: 'closed' } })
  await child.ask({ do: 'echo', value: 1 })
  await child.close()
  await outcome
})

test('a module that is not there is an error, not a wait', async () => {
  const child = helper({ module: './fixtures/nobody' })
  await expect(child.ask({ do: 'echo', value: 1 })).rejects.toMatchObject({ code: 'IW_SANDBOX_ENDED' })
})

test('the death of the parent ends the child', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'iw-sandbox-'))
  try {
    const file = join(folder, 'end')
    const path = fileURLToPath(new URL('./fixtures/parent.ts', import.meta.url))
    const parent = fork(path, [file], { execArgv: ['-C', 'source'], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
    const [line] = (await once(parent.stdout!, 'data')) as [Buffer]
    const pid = Number(line.toString())
    expect(alive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 10_000 })
    expect(readFileSync(file, 'utf8')).toBe('ended')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
