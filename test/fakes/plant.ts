import type { Connect } from '#connect'
import { Bus, IwError, type Microseconds } from '#kernel'
import {
  type CommandRecord,
  type PlantEvent,
  type PlantEvents,
  Quality,
  type ReadingBatch,
  type Tag,
  type Thing,
  type Value,
} from '#model'
import type { Historian, LastReading, Series } from '#ports'

interface Row {
  readonly time: Microseconds
  readonly value: Value
  readonly quality: number
}

/**
 * The rooms `http` calls, in memory: things and readings are put in by the test. Fast and without files, for tests of
 * the surface alone; the e2e tests use the real rooms.
 */
export function createFakePlant(now: () => Microseconds) {
  const bus = new Bus<PlantEvents>()
  const things = new Map<string, Thing>()
  const tags: Tag[] = []
  const rows = new Map<number, Row[]>()
  const commands: CommandRecord[] = []
  const events: PlantEvent[] = []
  const lines: { body: string; precision: string }[] = []

  const findTag = (thing: string, property: string) =>
    tags.find((tag) => tag.thing === thing && tag.property === property)

  const define = (thing: Thing) => {
    things.set(thing.id, thing)
    for (const { name, type, unit } of thing.properties)
      if (!findTag(thing.id, name))
        tags.push({ id: tags.length, thing: thing.id, property: name, type, ...(unit !== undefined && { unit }) })
    return thing
  }

  const last = (tag: number): LastReading | undefined => {
    const kept = rows.get(tag)
    const row = kept?.at(-1)
    if (!kept || !row) return undefined
    const good = kept.findLast(({ quality }) => quality === Quality.good)
    return { ...row, arrivedAt: row.time, ...(good && { lastGood: { time: good.time, value: good.value } }) }
  }

  const seriesOf = (tag: number, chosen: readonly Row[], more: boolean): Series => ({
    tag,
    count: chosen.length,
    time: Float64Array.from(chosen, ({ time }) => time),
    value: Float64Array.from(chosen, ({ value }) =>
      typeof value === 'string' ? Number.NaN : Number(value ?? Number.NaN),
    ),
    quality: Uint8Array.from(chosen, ({ quality }) => quality),
    ...(tags[tag]!.type === 'string' && { text: chosen.map(({ value }) => value as string | null) }),
    ...(tags[tag]!.type === 'integer' && {
      integer: chosen.map(({ value }) => (typeof value === 'bigint' ? value : null)),
    }),
    more,
  })

  const historian: Historian = {
    start: async () => {},
    stop: async () => {},
    defineTags: async () => [],
    findTag,
    tag: (id) => tags[id],
    append: async () => ({ duplicate: false }),
    last,
    eachLast(ids, visit) {
      for (const tag of Array.from(ids)) {
        const newest = last(tag)
        if (newest) visit(tag, newest.time, newest.value, newest.quality)
      }
    },
    async read({ tag, from, to, descending, limit }) {
      const found = (rows.get(tag) ?? []).filter(({ time }) => time >= from && time < to)
      const ordered = descending ? found.toReversed() : found
      return seriesOf(tag, ordered.slice(0, limit), ordered.length > limit)
    },
    async trend({ tag, from, to, buckets }) {
      const kept = (rows.get(tag) ?? []).filter(({ time }) => time >= from && time < to)
      const numbers = kept.map(({ value }) => Number(value))
      const one = (of: (numbers: readonly number[]) => number) =>
        Float64Array.from(kept.length > 0 ? [of(numbers)] : [])
      return {
        tag,
        time: one(() => from),
        min: one((all) => Math.min(...all)),
        max: one((all) => Math.max(...all)),
        mean: one((all) => all.reduce((a, b) => a + b, 0) / all.length),
        last: one((all) => all.at(-1)!),
        count: Uint32Array.from(kept.length > 0 ? [kept.length] : []),
        worst: Uint8Array.from(kept.length > 0 ? [0] : []),
        bucketUs: (to - from) / buckets,
      }
    },
    status: () => ({
      accepting: true,
      tags: tags.length,
      readings: 0,
      batches: 0,
      duplicates: 0,
      commits: 0,
      acknowledgeMs: { p50: 1, p99: 2 },
      journalBytes: 0,
      headBytes: 0,
      headRows: 0,
      parts: 0,
      partBytes: 0,
      freeBytes: 1e9,
      recovery: { rows: 0, tornBytes: 0, setAside: [] },
    }),
    onCommitted: () => () => {},
  }

  const connect: Omit<Connect, 'quarantine'> = {
    protocols: ['modbus'],
    start: async () => {},
    stop: async () => {},
    things: {
      list: () => [...things.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      get: (id) => things.get(id),
      async add(input) {
        const definition = input as Thing
        if (typeof definition.id !== 'string' || !Array.isArray(definition.properties))
          throw new IwError('IW_CONNECT_INVALID_THING', 'id: missing')
        if (things.has(definition.id)) throw new IwError('IW_CONNECT_THING_EXISTS', `"${definition.id}" exists`)
        return define({ ...definition, origin: 'database', version: 1, createdAt: now() })
      },
      async replace(id, input, version) {
        const present = things.get(id)
        if (!present) throw new IwError('IW_CONNECT_UNKNOWN_THING', `no "${id}"`)
        if (present.version !== version)
          throw new IwError('IW_CONNECT_VERSION', `version ${version} is not ${present.version}`)
        return define({ ...(input as Thing), origin: 'database', version: version + 1, createdAt: present.createdAt })
      },
      async remove(id) {
        if (!things.delete(id)) throw new IwError('IW_CONNECT_UNKNOWN_THING', `no "${id}"`)
      },
      tag: findTag,
      status: () => undefined,
      machine: () => ({ state: 'unknown' }),
      session: () => undefined,
    },
    commands: {
      async write({ id: principal }, wish) {
        const property = things.get(wish.thing)?.properties.find(({ name }) => name === wish.property)
        const base = { id: `c${commands.length}`, ...wish, principal, requestedAt: now(), finishedAt: now() }
        const record: CommandRecord = property?.write
          ? { ...base, outcome: 'done', previous: 1, readBack: wish.value }
          : { ...base, outcome: 'refused', code: 'IW_COMMAND_NOT_WRITABLE', message: 'not opted in' }
        commands.push(record)
        return record
      },
      get: async (id) => commands.find((record) => record.id === id),
      list: async (query) => pageOf(commands, query),
    },
    events: {
      record: (event) => void events.push({ ...event, id: `e${events.length}` }),
      list: async (query) => pageOf(events, query),
    },
    profiles: { list: () => [], get: () => undefined },
    ingest: {
      async lineProtocol(body, { precision }) {
        const text = Buffer.from(body).toString('utf8')
        lines.push({ body: text, precision })
        const all = text.split('\n').filter((line) => line !== '')
        const rejected = all.flatMap((line, index) =>
          line.includes('=')
            ? []
            : [{ line: index + 1, code: 'IW_CONNECT_LINE_PROTOCOL' as const, message: 'missing fields' }],
        )
        return { accepted: all.length - rejected.length, rejected, rejectedCount: rejected.length }
      },
    },
  }

  return {
    bus,
    connect: { ...connect, quarantine: { count: 0, list: () => [] } as unknown as Connect['quarantine'] },
    historian,
    /** Line protocol bodies as they reached `connect`. */
    lines,
    add: (thing: Pick<Thing, 'id' | 'properties'> & Partial<Thing>) =>
      define({ origin: 'database', version: 1, createdAt: now(), ...thing }),
    put(thing: string, property: string, time: Microseconds, value: Value, quality = 0): number {
      const { id } = findTag(thing, property)!
      rows.set(id, [...(rows.get(id) ?? []), { time, value, quality }])
      return id
    },
    /** Tells the bus that tags changed, as the historian does after a commit. */
    commit(ids: readonly number[]): void {
      const batch: ReadingBatch = {
        source: 'test',
        sequence: 0,
        arrivedAt: now(),
        count: ids.length,
        tag: Int32Array.from(ids),
        time: new Float64Array(ids.length),
        value: new Float64Array(ids.length),
        quality: new Uint8Array(ids.length),
      }
      bus.emit('readings.committed', batch)
    },
  }
}

function pageOf<T extends { readonly id: string }>(
  all: readonly T[],
  { limit, before }: { limit: number; before?: string },
) {
  const newestFirst = all.toReversed()
  const at = before === undefined ? 0 : newestFirst.findIndex(({ id }) => id === before) + 1
  return newestFirst.slice(at, at + limit)
}
