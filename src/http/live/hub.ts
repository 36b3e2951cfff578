import { setImmediate as nextTurn } from 'node:timers/promises'
import { IwError } from '#kernel'
import type { PlantEvents, TagId } from '#model'
import type { HttpOptions } from '../house.ts'
import { commandView } from '../views/command.ts'
import { createTagChanges, type TagChanges } from './changes.ts'
import type { LiveClient } from './client.ts'
import { type EncodedMessage, encodeNews, framesOf, type News, ReadingsEncoder } from './messages.ts'
import { createNewsBoard, type NewsBoard } from './news.ts'
import { createSubscription, type Subscription, subscriptionKey } from './subscription.ts'

const flushMs = 100
const heartbeatMs = 15_000
/** A client that takes nothing for this long is given up. */
const patienceMs = 60_000
/** Readings in one message of a snapshot: a few milliseconds of work. */
const snapshotRows = 4_000

interface Listener {
  readonly client: LiveClient
  readonly subscription: Subscription
  /** The last flush it has everything of. */
  upTo: number
  /** Since when it is too slow, ms of the monotonic clock. */
  slowSince: number | undefined
  sentAt: number
  /** False until its snapshot is out: readings of a later flush must not overtake it. */
  ready: boolean
}

export interface LiveCounters {
  readonly clients: number
  /** Messages handed to clients. */
  readonly messages: number
  /** Times a slow client was skipped; what it missed reached it as newest values. */
  readonly conflated: number
}

type Rooms = Pick<HttpOptions, 'bus' | 'historian' | 'connect' | 'clock' | 'settings' | 'log'>

/**
 * Tells every client what changed, ten times a second at most. Clients with one subscription share one encoding; a
 * client that is slow is skipped and gets, once it drains, the newest of everything it missed. While nobody listens it
 * costs nothing: no timer, no marks.
 */
export class LiveHub {
  readonly #rooms: Rooms
  readonly #listeners = new Set<Listener>()
  readonly #subscriptions = new Map<string, { subscription: Subscription; users: number }>()
  #changes: TagChanges = createTagChanges()
  #news: NewsBoard = createNewsBoard()
  readonly #encoder = new ReadingsEncoder()
  #offs: (() => void)[] = []
  #cancelTimer: (() => void) | undefined
  #messages = 0
  #conflated = 0

  constructor(rooms: Rooms) {
    this.#rooms = rooms
  }

  start(): void {
    const { bus } = this.#rooms
    const tell = <Name extends keyof PlantEvents>(name: Name, news: (payload: PlantEvents[Name]) => News) =>
      bus.on(name, (payload) => this.#tell(news(payload)))
    this.#offs = [
      bus.on('readings.committed', (batch) => {
        if (this.#listeners.size > 0) this.#changes.mark(batch)
      }),
      tell('connection.changed', (status) => ({ type: 'connection', status })),
      tell('thing.added', ({ id }) => ({ type: 'thing', id, change: 'added' })),
      tell('thing.changed', ({ id }) => ({ type: 'thing', id, change: 'changed' })),
      tell('thing.removed', ({ id }) => ({ type: 'thing', id, change: 'removed' })),
      tell('plant.event', (event) => ({ type: 'event', event })),
      tell('command.finished', (command) => ({ type: 'command', command: commandView(command) })),
    ]
  }

  /** Closes every stream. */
  stop(): void {
    for (const off of this.#offs) off()
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    for (const { client } of this.#listeners) client.close()
    this.#listeners.clear()
    this.#subscriptions.clear()
  }

  counters(): LiveCounters {
    return { clients: this.#listeners.size, messages: this.#messages, conflated: this.#conflated }
  }

  /** Throws `IW_HTTP_TOO_MANY` where no further client is taken; ask before the stream is opened. */
  checkRoom(): void {
    const most = this.#rooms.settings.maxLiveClients
    if (this.#listeners.size >= most) throw new IwError('IW_HTTP_TOO_MANY', `${most} live streams are open already`)
  }

  /** Takes in a client: it gets the present state first, then the changes. Returns how to leave. */
  join(client: LiveClient, things: readonly string[] | undefined): () => void {
    const listener: Listener = {
      client,
      subscription: this.#subscribe(things),
      upTo: this.#changes.current - 1,
      slowSince: undefined,
      sentAt: this.#rooms.clock.monotonicMs(),
      ready: false,
    }
    this.#listeners.add(listener)
    this.#cancelTimer ??= this.#rooms.clock.after(flushMs, () => this.#flush())
    this.#sendSnapshot(listener).catch((error: unknown) => {
      this.#rooms.log.error({ err: error }, 'a live snapshot failed')
      client.close()
    })
    return () => this.#leave(listener)
  }

  #subscribe(things: readonly string[] | undefined): Subscription {
    const key = subscriptionKey(things)
    const shared = this.#subscriptions.get(key) ?? {
      subscription: createSubscription(things, this.#rooms.historian),
      users: 0,
    }
    shared.users++
    this.#subscriptions.set(key, shared)
    return shared.subscription
  }

  #leave(listener: Listener): void {
    if (!this.#listeners.delete(listener)) return
    const shared = this.#subscriptions.get(listener.subscription.key)
    if (shared && --shared.users === 0) this.#subscriptions.delete(listener.subscription.key)
    if (this.#listeners.size > 0) return
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#changes = createTagChanges()
    this.#news = createNewsBoard()
  }

  #tell(news: News): void {
    if (this.#listeners.size > 0) this.#news.add(news, this.#changes.current)
  }

  /** In slices, so that a large plant holds up nobody; waits for a slow client to take each. */
  async #sendSnapshot(listener: Listener): Promise<void> {
    const { historian, connect, clock } = this.#rooms
    const { things: wanted } = listener.subscription
    const things = wanted ? wanted.flatMap((id) => connect.things.get(id) ?? []) : connect.things.list()
    const statuses = things.flatMap(({ id }) => connect.things.status(id) ?? [])
    this.#send(
      listener,
      statuses.map((status) => encodeNews({ type: 'connection', status })),
    )
    const tags: TagId[] = things.flatMap(({ id, properties }) =>
      properties.flatMap(({ name }) => connect.things.tag(id, name)?.id ?? []),
    )
    for (let from = 0; from < tags.length && this.#listeners.has(listener); from += snapshotRows) {
      if (from > 0) await nextTurn()
      while (this.#isFull(listener) && this.#listeners.has(listener)) await waitFor(clock)
      const readings = this.#encoder.encode(tags.slice(from, from + snapshotRows), historian, clock.now())
      this.#send(listener, readings ? [readings] : [])
    }
    listener.ready = true
  }

  #flush(): void {
    const { clock } = this.#rooms
    const started = clock.monotonicMs()
    const frames = new Map<string, readonly Buffer[] | undefined>()
    for (const listener of this.#listeners) if (listener.ready) this.#serve(listener, frames, started)
    this.#changes.next()
    // A flush of very many tags may take long: then it comes less often, so that it never takes over the loop.
    const tookMs = clock.monotonicMs() - started
    if (this.#listeners.size > 0)
      this.#cancelTimer = clock.after(Math.max(flushMs - tookMs, 10 * tookMs), () => this.#flush())
  }

  #serve(listener: Listener, frames: Map<string, readonly Buffer[] | undefined>, nowMs: number): void {
    if (this.#isFull(listener)) {
      this.#skip(listener, nowMs)
      return
    }
    listener.slowSince = undefined
    const { client, subscription, upTo } = listener
    const key = `${client.format} ${upTo} ${subscription.key}`
    if (!frames.has(key)) frames.set(key, this.#framesSince(upTo, listener))
    const own = frames.get(key)
    if (!own) {
      client.close()
      return
    }
    this.#hand(listener, own)
    listener.upTo = this.#changes.current
    if (nowMs - listener.sentAt < heartbeatMs) return
    listener.sentAt = nowMs
    client.heartbeat()
  }

  #framesSince(flush: number, { client, subscription }: Listener): readonly Buffer[] | undefined {
    const { historian, clock } = this.#rooms
    const news = this.#news.since(flush, subscription.wantsThing)
    if (!news) return undefined
    const readings = this.#encoder.encode(subscription.wanted(this.#changes.since(flush)), historian, clock.now())
    return framesOf(readings ? [...news, readings] : news, client.format)
  }

  #isFull({ client }: Listener): boolean {
    return client.buffered > this.#rooms.settings.liveBufferBytes
  }

  #skip(listener: Listener, nowMs: number): void {
    listener.slowSince ??= nowMs
    this.#conflated++
    if (nowMs - listener.slowSince > patienceMs) listener.client.close()
  }

  #send(listener: Listener, messages: readonly EncodedMessage[]): void {
    this.#hand(listener, framesOf(messages, listener.client.format))
  }

  #hand(listener: Listener, frames: readonly Buffer[]): void {
    if (frames.length === 0) return
    for (const frame of frames) listener.client.send(frame)
    this.#messages += frames.length
    listener.sentAt = this.#rooms.clock.monotonicMs()
  }
}

const waitFor = (clock: Rooms['clock']) => new Promise<void>((resolve) => clock.after(flushMs, resolve))
