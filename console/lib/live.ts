import { type Signal, signal } from '@preact/signals'
import type { LiveMessage } from './contract.ts'

/** Whether what is on the screen is current. `lost`: the values are the last known ones. */
export type LiveState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly sinceMs: number; readonly nextTryMs: number }

const messageTypes = ['readings', 'connection', 'thing', 'event', 'command'] as const
const firstWaitMs = 500
const longestWaitMs = 15_000

/** How long to wait before the try number `tries` (from 1): doubling, bounded, spread so that clients do not march in step. */
export function waitBefore(tries: number, random: number): number {
  const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** (tries - 1))
  return wait * (0.75 + random / 2)
}

/** The part of EventSource used here, so that a test can play the server. */
export interface EventStream {
  onopen: (() => void) | null
  onerror: (() => void) | null
  addEventListener(type: string, listener: (event: { data: string }) => void): void
  close(): void
}

export interface LiveOptions {
  open(address: string): EventStream
  /** A message that could be read. */
  message(message: LiveMessage): void
  /** The stream stands (again): what was missed has to be loaded. */
  opened(): void
  nowMs(): number
  random(): number
  schedule(run: () => void, delayMs: number): () => void
}

/** The live stream over SSE, which comes back by itself. The browser's own retry gives up on refusals; ours does not. */
export class LiveStream {
  readonly state: Signal<LiveState> = signal<LiveState>({ kind: 'connecting' })
  readonly #options: LiveOptions
  #stream: EventStream | undefined
  #address = ''
  #tries = 0
  #cancelRetry: (() => void) | undefined

  constructor(options: LiveOptions) {
    this.#options = options
  }

  /** Opens the stream at an address, in place of the present one. */
  connect(address: string): void {
    if (address === this.#address && this.#stream) return
    this.#address = address
    this.#tries = 0
    this.#open()
  }

  /** Tries now instead of waiting: somebody asked for it, or the network came back. */
  retryNow(): void {
    if (this.state.peek().kind === 'lost') this.#open()
  }

  close(): void {
    this.#cancelRetry?.()
    this.#stream?.close()
    this.#stream = undefined
  }

  #open(): void {
    this.close()
    const stream = this.#options.open(this.#address)
    this.#stream = stream
    stream.onopen = () => {
      this.#tries = 0
      this.state.value = { kind: 'live' }
      this.#options.opened()
    }
    stream.onerror = () => this.#lost(stream)
    for (const type of messageTypes)
      stream.addEventListener(type, ({ data }) => {
        const message = readMessage(type, data)
        if (message) this.#options.message(message)
      })
  }

  #lost(stream: EventStream): void {
    if (stream !== this.#stream) return
    this.close()
    const now = this.#options.nowMs()
    const before = this.state.peek()
    const wait = waitBefore(++this.#tries, this.#options.random())
    this.state.value = {
      kind: 'lost',
      sinceMs: before.kind === 'lost' ? before.sinceMs : now,
      nextTryMs: now + wait,
    }
    this.#cancelRetry = this.#options.schedule(() => this.#open(), wait)
  }
}

/** The event's name is the type of the message; what cannot be read is dropped, never half used. */
function readMessage(type: LiveMessage['type'], data: string): LiveMessage | undefined {
  try {
    const body: unknown = JSON.parse(data)
    return typeof body === 'object' && body !== null ? ({ ...body, type } as LiveMessage) : undefined
  } catch {
    return undefined
  }
}
