import type { Worker } from 'node:worker_threads'
import { type Clock, startWorker } from '#kernel'
import type { Snapshot } from '../backup/snapshot.ts'
import type { FileLayer } from '../files/file-layer.ts'
import type { PartEntry } from './manifest.ts'
import type { FromWork, ToWork, WorkRequest } from './messages.ts'
import type { PartsChange } from './parts-change.ts'
import { SealService } from './service.ts'
import type { Sealed } from './store.ts'

/** The one who writes parts and the manifest. Requests are done in the order they come; they reject where they failed. */
export interface Work {
  /** `now` (µs) is when the part is sealed. */
  seal(segment: number, now: number): Promise<Sealed>
  setAside(part: number): Promise<string | undefined>
  /** The first of so many numbers for files. */
  reserve(count: number): Promise<number>
  /** Replaces the manifest. */
  change(change: PartsChange): Promise<void>
  /** Deletes the files of parts that left. */
  delete(parts: readonly PartEntry[]): Promise<void>
  /** Copies the live generation and the journal after it for a backup. */
  snapshot(target: string): Promise<Snapshot>
  close(): Promise<void>
}

const idleMs = 30_000

type Answer = Extract<FromWork, { ok: true }>

interface Waiting {
  resolve(answer: Answer): void
  reject(error: Error): void
}

/** In a thread of its own on the machine's files, which is started on demand and ended after 30 s without work. */
export function workThread(root: string, clock: Clock): Work {
  let worker: Worker | undefined
  let cancelEnd: (() => void) | undefined
  const waiting = new Map<number, Waiting>()
  let nextId = 1

  const start = (): Worker => {
    const started = startWorker(import.meta.url, './work-worker', {
      name: 'work',
      workerData: { root },
      resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 512 },
    })
    started.on('message', answered)
    started.on('error', (error) => failed(started, error as Error))
    return started
  }

  function answered(answer: FromWork): void {
    settle(waiting, answer)
    if (waiting.size === 0) cancelEnd = clock.after(idleMs, () => void end())
  }

  function failed(which: Worker, error: Error): void {
    if (worker === which) worker = undefined
    for (const [id] of waiting) settle(waiting, { id, ok: false, message: error.message })
  }

  async function end(): Promise<void> {
    cancelEnd?.()
    const ending = worker
    worker = undefined
    await ending?.terminate()
  }

  return requests((request) => {
    cancelEnd?.()
    worker ??= start()
    const id = nextId++
    const answer = new Promise<Answer>((resolve, reject) => waiting.set(id, { resolve, reject }))
    worker.postMessage({ ...request, id } satisfies ToWork)
    return answer
  }, end)
}

/** In this thread, on any files. */
export function workHere(files: FileLayer, root: string): Work {
  const service = new SealService(files, root)
  return requests(
    (request) =>
      new Promise((resolve, reject) => {
        setImmediate(() => {
          const answer = service.handle({ ...request, id: 0 })
          if (answer.ok) resolve(answer)
          else reject(new Error(answer.message))
        })
      }),
    () => Promise.resolve(),
  )
}

const requests = (ask: (request: WorkRequest) => Promise<Answer>, close: () => Promise<void>): Work => ({
  seal: async (segment, now) => (await ask({ kind: 'seal', segment, now })).sealed!,
  setAside: async (part) => (await ask({ kind: 'setAside', part })).name,
  reserve: async (count) => (await ask({ kind: 'reserve', count })).first!,
  change: async (change) => void (await ask({ kind: 'change', change })),
  delete: async (parts) => void (await ask({ kind: 'delete', parts })),
  snapshot: async (target) => (await ask({ kind: 'snapshot', target })).snapshot!,
  close,
})

function settle(waiting: Map<number, Waiting>, answer: FromWork): void {
  const { resolve, reject } = waiting.get(answer.id)!
  waiting.delete(answer.id)
  if (answer.ok) resolve(answer)
  else reject(new Error(answer.message))
}
