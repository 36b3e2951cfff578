import type { Worker } from 'node:worker_threads'
import { type Clock, startWorker } from '#kernel'
import type { CsvPlan, KnownSeries, WantedSeries } from './plan.ts'
import type { FromReader, ToReader } from './reader-messages.ts'
import type { Block, Chunk } from './table-reader.ts'

const idleMs = 10_000

/**
 * The thread that reads CSV for all imports, so that no table holds up the sockets. Started by the first chunk, ended when
 * it has been idle for 10 s.
 */
export class ReaderThread {
  readonly #clock: Clock
  #worker: Worker | undefined
  /** Imports whose series the thread knows. */
  readonly #sessions = new Set<string>()
  readonly #waiting = new Map<number, { resolve(result: FromReader['result']): void; reject(error: Error): void }>()
  #asks = 0
  #cancelIdle: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Hands over a chunk; its bytes are gone from this thread then. `known` is all that `next` was told before. */
  async open(
    session: string,
    given: {
      plan: CsvPlan
      chunk: Chunk
      known: ReadonlyMap<string, KnownSeries>
      inDoubt: ReadonlyMap<string, number>
    },
  ): Promise<void> {
    const { plan, known, inDoubt } = given
    const chunk = { ...given.chunk, bytes: ownBytes(given.chunk.bytes) }
    const isNew = !this.#worker || !this.#sessions.has(session)
    const request = {
      kind: 'open',
      session,
      plan,
      chunk,
      inDoubt,
      ...(isNew && { known: [...known.values()] }),
    } as const
    await this.#ask(request, [chunk.bytes.buffer as ArrayBuffer])
    this.#sessions.add(session)
  }

  /** As `TableReader.next`, after telling it what series are. */
  async next(session: string, know?: readonly KnownSeries[]): Promise<Block | readonly WantedSeries[] | undefined> {
    return this.#ask({ kind: 'next', session, ...(know && { know }) }, [])
  }

  /** Forgets an import. */
  async forget(session: string): Promise<void> {
    if (this.#worker && this.#sessions.delete(session)) await this.#ask({ kind: 'close', session }, [])
  }

  async close(): Promise<void> {
    this.#cancelIdle?.()
    await this.#worker?.terminate()
  }

  #ask(request: ToReader['request'], transfer: ArrayBuffer[]): Promise<FromReader['result']> {
    this.#cancelIdle?.()
    this.#worker ??= this.#start()
    const worker = this.#worker
    const ask = ++this.#asks
    const { promise, resolve, reject } = Promise.withResolvers<FromReader['result']>()
    worker.postMessage({ ask, request } satisfies ToReader, transfer)
    this.#waiting.set(ask, { resolve, reject })
    return promise
  }

  #start(): Worker {
    const worker = startWorker(import.meta.url, './reader-worker')
    worker.on('message', ({ ask, result, error }: FromReader) => {
      const waiting = this.#waiting.get(ask)
      this.#waiting.delete(ask)
      if (error) waiting?.reject(error)
      else waiting?.resolve(result)
      this.#endWhenIdle()
    })
    worker.on('error', (error) => this.#ended(worker, error))
    worker.on('exit', () => this.#ended(worker, new Error('the thread that reads tables has ended')))
    return worker
  }

  #endWhenIdle(): void {
    if (this.#waiting.size > 0) return
    this.#cancelIdle?.()
    this.#cancelIdle = this.#clock.after(idleMs, () => void this.#worker?.terminate())
  }

  #ended(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#sessions.clear()
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

/** Bytes that own their buffer, so that it can be handed over; a part of another one (a pool's) is copied. */
const ownBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
