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
import { plainAggregate } from './plain-aggregate.ts'
import { plainStatus } from './plain-status.ts'

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
      typeof value === 'string' || typeof value === 'bigint' ? Number.NaN : Number(value ?? Number.NaN),
    ),
    quality: Uint8Array.from(chosen, ({ quality }) => quality),
    ...(tags[tag]!.type === 'string' && { text: chosen.map(({ value }) => value as string | null) }),
    ...(tags[tag]!.type === 'integer' && {
      integer: chosen.map(({ value }) => (typeof value === 'bigint' ? value : null)),
    }),
    more,
  })

  const ordered = (tag: number) => (rows.get(tag) ?? []).toSorted((a, b) => a.time - b.time)
  const numbersOf = (tag: number) => {
    if (tags[tag]?.type === 'string') throw new IwError('IW_HISTORIAN_TYPE', `tag ${tag} is a text`)
    return ordered(tag).map((row) => ({ ...row, value: row.value === null ? Number.NaN : Number(row.value) }))
  }

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
      const width = (to - from) / buckets
      const edges = Float64Array.from({ length: buckets + 1 }, (_, i) => from + i * width)
      const { bucket, ...columns } = plainAggregate(numbersOf(tag), { tag, edges })
      return { ...columns, tag, time: Float64Array.from(bucket, (at) => edges[at]!), bucketUs: width }
    },
    async *scan({ tag, from, to, descending }) {
      const found = ordered(tag).filter(({ time }) => time >= from && time < to)
      if (found.length > 0) yield seriesOf(tag, descending ? found.toReversed() : found, false)
    },
    before: async (tag, before) => ordered(tag).findLast(({ time }) => time < before),
    aggregate: async (query) => plainAggregate(numbersOf(query.tag), query),
    tags: () => tags.filter((tag) => tag !== undefined),
    settle: async () => {},
    backup: async () => {
      throw new IwError('IW_HISTORIAN_UNSUPPORTED', 'There is nothing on a disk')
    },
    status: () => ({ ...plainStatus, tags: tags.length }),
    onCommitted: () => () => {},
  }

  const connect: Omit<Connect, 'quarantine' | 'imports'> = {
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
    connect: {
      ...connect,
      quarantine: { count: 0, list: () => [] } as unknown as Connect['quarantine'],
      // Imports are tested on the room itself.
      imports: noImports,
    },
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

const noImport = async (): Promise<never> => {
  throw new IwError('IW_CONNECT_IMPORT_NOT_FOUND', 'There are no imports')
}
const noImports: Connect['imports'] = {
  begin: noImport,
  take: noImport,
  get: noImport,
  list: async () => [],
  cancel: noImport,
  rejected: noImport,
}
