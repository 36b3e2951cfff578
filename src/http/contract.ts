import { z } from 'zod'
import { localText, machineState, propertyDefinition, thingDefinition } from '#model'

/**
 * Shapes of `/api/v1`: the one truth for types, validation, OpenAPI and the console. Times are integers, µs since
 * 1970-01-01 UTC; requests also take ISO 8601. Integers beyond 2^53 are decimal strings. Quality is its name.
 */
export const time = z.number().int().describe('µs since 1970-01-01 UTC')
export const value = z
  .union([z.number(), z.boolean(), z.string(), z.null()])
  .describe('number, boolean or text; null where there is none; integers beyond 2^53 as decimal strings')
export const quality = z.enum(['good', 'substituted', 'stale', 'frozen', 'out_of_range', 'null', 'comm_error'])

/** Every failure, on every address. */
export const problem = z
  .object({
    code: z.string().describe('stable, see docs/reference/errors.md'),
    message: z.string().describe('what was wrong, with the value'),
    remedy: z.string().describe('what to do'),
    detail: z.record(z.string(), z.unknown()).optional(),
    id: z.string().optional().describe('of the request, as in the log'),
  })
  .meta({ id: 'Problem' })

export const lastReading = z
  .object({
    tag: z.number().int(),
    thing: z.string(),
    property: z.string(),
    value,
    quality,
    time,
    arrivedAt: time,
    lastGood: z
      .object({ value, time })
      .optional()
      .describe('the newest value of good quality, where the present one is not'),
  })
  .meta({ id: 'LastReading' })

export const lastReadings = z.object({ readings: z.array(lastReading) }).meta({ id: 'LastReadings' })

export const connectionStatus = z
  .object({
    thing: z.string(),
    protocol: z.string(),
    address: z.string(),
    state: z.enum(['connecting', 'answering', 'partly', 'failing', 'stopped']),
    since: time,
    lastAnswerAt: time.optional(),
    roundTripMs: z.number().optional(),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
    nextTryAt: time.optional(),
    tries: z.number().int().optional(),
    counters: z.object({
      requests: z.number().int(),
      answers: z.number().int(),
      timeouts: z.number().int(),
      deviceErrors: z.number().int(),
      discarded: z.number().int(),
      connects: z.number().int(),
      missedPolls: z.number().int(),
      readings: z.number().int(),
    }),
    detail: z.record(z.string(), z.union([z.string(), z.number()])),
  })
  .meta({ id: 'ConnectionStatus' })

export const propertyView = z
  .object({
    ...propertyDefinition.shape,
    title: localText.optional(),
    tag: z.number().int().describe('id of the tag, as in live messages'),
    everyMs: z.number().int().optional().describe('interval expected between readings'),
    last: lastReading.omit({ tag: true, thing: true, property: true }).optional(),
  })
  .meta({ id: 'Property' })

/** A thing whose properties come from a profile; any other field of a definition may stand beside it. */
export const thingFromProfile = z
  .looseObject({
    profile: z.string().describe('maker/name, one of GET /profiles'),
    id: z.string(),
    title: localText.optional(),
    area: localText.optional(),
    connection: z.record(z.string(), z.unknown()).optional().describe('what the profile cannot know: host, port, unit'),
  })
  .meta({ id: 'ThingFromProfile' })

/** Shown in the document; `connect` checks it with the driver and the profile, so the edge only asks for an object. */
export const thingRequest = z.union([thingDefinition, thingFromProfile]).meta({ id: 'ThingRequest' })

export const thingView = z
  .object({
    id: z.string(),
    title: localText,
    description: localText.optional(),
    area: localText.optional(),
    profile: z.string().optional(),
    origin: z.enum(['database', 'settings', 'ingest']),
    version: z.number().int(),
    createdAt: time,
    protocol: z.string().optional(),
    connection: z.record(z.string(), z.unknown()).optional().describe('as defined; secrets never'),
    status: connectionStatus.optional(),
    machine: z
      .object({
        state: z.union([machineState, z.literal('unknown')]),
        text: z.string().optional().describe('the text of the state property'),
        since: time.optional(),
      })
      .describe('what it does, from its state property; unknown without one or without a good reading'),
    properties: z.array(propertyView),
  })
  .meta({ id: 'Thing' })

export const thingList = z
  .object({ things: z.array(thingView), total: z.number().int(), next: z.string().optional() })
  .meta({ id: 'ThingList' })

export const readingPage = z
  .object({
    tag: z.number().int(),
    thing: z.string(),
    property: z.string(),
    type: z.enum(['number', 'integer', 'boolean', 'string']),
    unit: z.string().optional(),
    time: z.array(time),
    value: z.array(value),
    quality: z.array(quality),
    next: z.string().optional().describe('pass as `cursor` for the following page; absent on the last'),
  })
  .meta({ id: 'ReadingPage' })

/** Readings of several tags: one after another, or side by side by time. */
export const readingsAnswer = z
  .union([
    z.object({ from: time, to: time, series: z.array(readingPage.omit({ next: true })) }),
    z.object({
      time: z.array(time).describe('every time at which one of them has a reading'),
      series: z.array(readingPage.omit({ next: true, time: true, quality: true })),
    }),
  ])
  .meta({ id: 'Readings' })

export const trendPage = z
  .object({
    bucketUs: z.number().describe('length of a bucket; where they differ, of the longest'),
    from: time,
    to: time,
    trends: z.array(
      z.object({
        tag: z.number().int(),
        thing: z.string(),
        property: z.string(),
        unit: z.string().optional(),
        bucketUs: z.number().optional().describe('length of its buckets: long ones are whole minutes or hours'),
        time: z.array(time).describe('start of each bucket that has readings'),
        min: z.array(z.number().nullable()),
        max: z.array(z.number().nullable()),
        mean: z.array(z.number().nullable()),
        last: z.array(z.number().nullable()),
        count: z.array(z.number().int()),
        quality: z.array(quality).describe('the worst in the bucket'),
      }),
    ),
  })
  .meta({ id: 'TrendPage' })

/** A step of time: seconds to weeks of fixed length, or days, weeks, months and years of a calendar in a zone. */
export const stepText = z
  .string()
  .regex(/^\d{1,6}(?:us|ms|s|m|h|d|w|mo|y)$/, 'not a step as 30s, 15m, 1h, 1d, 1w, 1mo, 1y')
  .describe('30s, 15m, 1h, 1d, 1w, 1mo, 1y; days and longer, and hours, follow the calendar of `zone`')

export const aggregatePage = z
  .object({
    step: z.string(),
    zone: z.string(),
    from: time,
    to: time,
    interpolation: z.enum(['previous', 'linear']).optional().describe('of the time-weighted mean, where asked for'),
    series: z.array(
      z.object({
        tag: z.number().int(),
        thing: z.string(),
        property: z.string(),
        unit: z.string().optional(),
        time: z.array(time).describe('start of each bucket that has something to say'),
        end: z.array(time).describe('where it ends: a day has 23, 24 or 25 hours'),
        min: z.array(z.number().nullable()),
        max: z.array(z.number().nullable()),
        mean: z.array(z.number().nullable()),
        sum: z.array(z.number().nullable()),
        first: z.array(z.number().nullable()),
        last: z.array(z.number().nullable()),
        count: z.array(z.number().int()),
        quality: z.array(quality).describe('the worst in the bucket'),
        timeWeighted: z.array(z.number().nullable()).optional(),
        coveredUs: z.array(z.number()).optional().describe('time in which there was a value'),
      }),
    ),
  })
  .meta({ id: 'AggregatePage' })

export const statePage = z
  .object({
    from: time,
    to: time,
    series: z.array(
      z.object({
        tag: z.number().int(),
        thing: z.string(),
        property: z.string(),
        intervals: z
          .array(z.object({ start: time, end: time, value, quality }))
          .describe('one after another; null: there was no value'),
        truncated: z.boolean().describe('more intervals than `limit`: the totals hold all'),
        totals: z.array(z.object({ value, us: z.number(), times: z.number().int() })).describe('longest first'),
        unknownUs: z.number().describe('time without a value'),
        buckets: z
          .array(z.object({ start: time, end: time, totals: z.array(z.object({ value, us: z.number() })) }))
          .optional()
          .describe('totals of each step, where one was asked for'),
      }),
    ),
  })
  .meta({ id: 'StatePage' })

export const alignedPage = z
  .object({
    step: z.string(),
    zone: z.string(),
    interpolation: z.enum(['none', 'previous', 'linear']),
    time: z.array(time),
    series: z.array(
      z.object({
        tag: z.number().int(),
        thing: z.string(),
        property: z.string(),
        type: z.enum(['number', 'integer', 'boolean', 'string']),
        unit: z.string().optional(),
        value: z.array(value),
      }),
    ),
  })
  .meta({ id: 'AlignedPage' })

export const similarPage = z
  .object({
    compared: z.number().int().describe('properties that were compared'),
    similar: z
      .array(
        z.object({
          tag: z.number().int(),
          thing: z.string(),
          property: z.string(),
          correlation: z.number().describe('−1 to 1, of the best shift'),
          lagUs: z.number().describe('positive: it follows the tag asked about'),
        }),
      )
      .describe('closest first, by absolute value'),
  })
  .meta({ id: 'SimilarPage' })

export const sqlRequestBody = z
  .strictObject({
    sql: z.string().min(1).max(100_000).describe('one SELECT over readings, rollups, tags and things'),
    maxRows: z.number().int().min(1).max(1_000_000).default(10_000),
    timeoutMs: z.number().int().min(100).max(300_000).default(30_000),
    format: z.enum(['json', 'csv', 'arrow', 'parquet']).default('json'),
  })
  .meta({ id: 'SqlRequest' })

export const sqlAnswer = z
  .object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.array(z.unknown())).describe('times as µs, integers beyond 2^53 as decimal strings'),
    truncated: z.boolean(),
    ms: z.number(),
  })
  .meta({ id: 'SqlAnswer' })

/** Something that takes longer than a request: it goes on when nobody looks. */
export const jobView = z
  .object({
    id: z.string(),
    kind: z.enum(['import', 'export', 'backup', 'merge']),
    title: z.string().describe('what, for people: a file name, a folder'),
    state: z.enum(['running', 'done', 'failed', 'cancelled']),
    done: z.number(),
    total: z.number().optional(),
    unit: z.enum(['bytes', 'rows', 'files']),
    startedAt: time,
    finishedAt: time.optional(),
    error: problem.optional(),
    result: z.record(z.string(), z.unknown()).optional().describe('what came of it: counts, folder, checksums'),
  })
  .meta({ id: 'Job' })
export const jobList = z.object({ jobs: z.array(jobView) }).meta({ id: 'JobList' })

export const exportView = z
  .object({
    id: z.string().describe('name of its folder'),
    folder: z.string(),
    createdAt: time,
    bytes: z.number(),
    rows: z.number().describe('readings'),
    files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string() })),
  })
  .meta({ id: 'Export' })
export const exportList = z.object({ folder: z.string(), exports: z.array(exportView) }).meta({ id: 'ExportList' })

export const backupView = z
  .object({
    id: z.string().describe('name of its folder'),
    folder: z.string(),
    createdAt: time,
    bytes: z.number(),
    files: z.number().int(),
    rows: z.number(),
    tags: z.number().int(),
    version: z.string(),
    by: z.enum(['person', 'schedule']).describe('those of the schedule go again after a while'),
  })
  .meta({ id: 'Backup' })
export const backupList = z.object({ folder: z.string(), backups: z.array(backupView) }).meta({ id: 'BackupList' })

const stored = z.object({ files: z.number().int(), bytes: z.number(), rows: z.number() })

/** What is kept and how long, for the System page. */
export const storageView = z
  .object({
    level0: stored.describe('sorted, not merged yet'),
    days: stored.extend({ days: z.number().int() }),
    minutes: stored,
    hours: stored,
    oldest: time.optional(),
    newest: time.optional(),
    merging: z.object({ since: time, what: z.string(), doneRows: z.number(), rows: z.number() }).optional(),
    lastMerge: z.object({ at: time, rows: z.number(), ms: z.number(), cpuMs: z.number() }).optional(),
    mergeFailure: z.object({ code: z.string(), message: z.string(), at: time }).optional(),
    quarantine: z.array(z.string()),
    retention: z.object({
      rawDays: z.number().optional(),
      minuteDays: z.number().optional(),
      hourDays: z.number().optional(),
    }),
    expiredRows: z.number(),
  })
  .meta({ id: 'Storage' })

export const commandView = z
  .object({
    id: z.string(),
    thing: z.string(),
    property: z.string(),
    value,
    principal: z.string(),
    reason: z.string().optional(),
    requestedAt: time,
    outcome: z.enum(['pending', 'done', 'refused', 'failed', 'unknown']),
    code: z.string().optional(),
    message: z.string().optional(),
    previous: value.optional(),
    readBack: value.optional(),
    finishedAt: time.optional(),
  })
  .meta({ id: 'Command' })

export const commandRequest = z
  .strictObject({ value, reason: z.string().max(500).optional() })
  .meta({ id: 'CommandRequest' })
export const commandList = z
  .object({ commands: z.array(commandView), next: z.string().optional() })
  .meta({ id: 'CommandList' })

export const plantEvent = z
  .object({
    id: z.string(),
    at: time,
    kind: z.string(),
    thing: z.string().optional(),
    detail: z.record(z.string(), z.union([z.string(), z.number()])),
  })
  .meta({ id: 'PlantEvent' })
export const eventList = z
  .object({ events: z.array(plantEvent), next: z.string().optional() })
  .meta({ id: 'EventList' })

export const profileSummary = z
  .object({
    id: z.string().describe('maker/name'),
    title: localText,
    maker: z.string(),
    protocol: z.string(),
    properties: z.number().int(),
  })
  .meta({ id: 'ProfileSummary' })
export const profileList = z.object({ profiles: z.array(profileSummary) }).meta({ id: 'ProfileList' })

export const quarantineList = z
  .object({
    count: z.number().int().describe('all since the start, also those no longer kept'),
    entries: z.array(
      z.object({
        at: time,
        from: z.string().describe('the door or machine it came from'),
        code: z.string(),
        reason: z.string(),
        sample: z.string().describe('its first bytes, control characters as \\xNN'),
      }),
    ),
  })
  .meta({ id: 'QuarantineList' })

export const systemView = z
  .object({
    name: z.string(),
    title: localText,
    version: z.string(),
    instance: z.string().describe('id of the data folder'),
    node: z.string(),
    demo: z.boolean(),
    zone: z.string().describe('IANA time zone of the site'),
    startedAt: time,
    now: time,
    principal: z.object({ id: z.string(), name: z.string() }),
    protocols: z.array(z.string()),
    memory: z.object({ rssBytes: z.number(), heapBytes: z.number() }),
    eventLoopDelayMs: z.object({ p50: z.number(), p99: z.number(), max: z.number() }),
    cpuSeconds: z.number(),
    live: z.object({ clients: z.number().int(), messages: z.number().int(), conflated: z.number().int() }),
    historian: z.object({
      accepting: z.boolean(),
      refusal: z.object({ code: z.string(), message: z.string(), since: time }).optional(),
      tags: z.number().int(),
      readings: z.number().int(),
      batches: z.number().int(),
      duplicates: z.number().int(),
      commits: z.number().int(),
      acknowledgeMs: z.object({ p50: z.number(), p99: z.number() }),
      journalBytes: z.number(),
      headBytes: z.number(),
      headRows: z.number(),
      parts: z.number(),
      partBytes: z.number(),
      freeBytes: z.number(),
      storage: storageView,
      recovery: z.object({ rows: z.number(), tornBytes: z.number(), setAside: z.array(z.string()) }),
    }),
  })
  .meta({ id: 'System' })

/** One message of the live stream: `event:` + `data:` over SSE, `{type, …}` over WebSocket. */
export const liveMessage = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('readings'),
      at: time,
      readings: z
        .array(z.tuple([z.number().int(), time, value, quality]))
        .describe('[tag, time, value, quality], the newest of each tag since the message before'),
    }),
    z.object({ type: z.literal('connection'), status: connectionStatus }),
    z.object({ type: z.literal('thing'), id: z.string(), change: z.enum(['added', 'changed', 'removed']) }),
    z.object({ type: z.literal('event'), event: plantEvent }),
    z.object({ type: z.literal('command'), command: commandView }),
  ])
  .meta({ id: 'LiveMessage' })

export type Problem = z.output<typeof problem>
export type LastReadingView = z.output<typeof lastReading>
export type ConnectionStatusView = z.output<typeof connectionStatus>
export type PropertyView = z.output<typeof propertyView>
export type ThingView = z.output<typeof thingView>
export type ThingList = z.output<typeof thingList>
export type ReadingPage = z.output<typeof readingPage>
export type TrendPage = z.output<typeof trendPage>
export type ReadingsAnswer = z.output<typeof readingsAnswer>
export type AggregatePage = z.output<typeof aggregatePage>
export type StatePage = z.output<typeof statePage>
export type AlignedPage = z.output<typeof alignedPage>
export type SimilarPage = z.output<typeof similarPage>
export type SqlAnswerView = z.output<typeof sqlAnswer>
export type JobView = z.output<typeof jobView>
export type JobList = z.output<typeof jobList>
export type ExportView = z.output<typeof exportView>
export type ExportList = z.output<typeof exportList>
export type BackupView = z.output<typeof backupView>
export type BackupList = z.output<typeof backupList>
export type StorageView = z.output<typeof storageView>
export type CommandView = z.output<typeof commandView>
export type CommandList = z.output<typeof commandList>
export type PlantEventView = z.output<typeof plantEvent>
export type EventList = z.output<typeof eventList>
export type QuarantineList = z.output<typeof quarantineList>
export type ProfileList = z.output<typeof profileList>
export type SystemView = z.output<typeof systemView>
export type LiveMessage = z.output<typeof liveMessage>
export type ThingRequest = z.input<typeof thingDefinition>

/**
 * Addresses of `/api/v1` (all JSON unless said otherwise):
 *
 * GET    /system                                     systemView
 * GET    /things?q=&area=&limit=&cursor=             thingList (with last readings)
 * POST   /things            thingDefinition (or {profile, id, title, area, connection}) → 201 thingView
 * GET    /things/{thing}                             thingView
 * PUT    /things/{thing}    thingDefinition, If-Match: version → thingView
 * DELETE /things/{thing}                             204
 * GET    /things/{thing}/properties/{property}       propertyView
 * GET    /things/{thing}/properties/{property}/readings?from=&to=&limit=&order=asc|desc&cursor=   readingPage
 * POST   /things/{thing}/properties/{property}/commands   commandRequest → commandView (200 done; else the code's status, body commandView inside `detail.command` of a problem)
 * GET    /readings/last?tags=1,2 | things=a,b        { readings: lastReading[] }
 * GET    /readings/trend?tags=1,2&from=&to=&buckets= trendPage
 * GET    /readings?tags=1,2 | properties=thing/prop,…&from=&to=&format=json|csv|arrow|arrow-stream|parquet&layout=long|wide   readings of several tags, streamed
 * GET    /readings/aggregate?tags=&from=&to=&step=&zone=&interpolation=&format=      aggregatePage | CSV | Arrow | Parquet
 * GET    /readings/states?tags=&from=&to=&step=&zone=&limit=                         statePage
 * GET    /readings/aligned?tags=&from=&to=&step=&zone=&interpolation=&format=        alignedPage | CSV | Arrow | Parquet
 * GET    /readings/similar?tag=&from=&to=&limit=                                     similarPage
 * POST   /sql               sqlRequestBody → sqlAnswer | CSV | Arrow | Parquet
 * GET    /jobs              jobList ; GET /jobs/{id} jobView ; DELETE /jobs/{id} cancels: 204
 * POST   /backups           → 202 jobView ; GET /backups backupList ; DELETE /backups/{id} 204
 * POST   /exports           → 202 jobView (all of it, as a folder a stranger can read) ; POST /merges → 202 jobView
 * GET    /exports exportList ; GET /exports/{export}/files/{file} its bytes ; DELETE /exports/{export} 204
 * POST   /imports           a plan (format, columns, zone, dry run…) → 201 ; PUT /imports/{id}/chunks?offset= bytes ; GET /imports/{id} ; DELETE
 * GET    /commands?thing=&limit=&cursor=             commandList
 * GET    /commands/{id}                              commandView
 * GET    /events?limit=&cursor=                      eventList
 * GET    /quarantine                                 quarantineList
 * GET    /profiles                                   profileList
 * GET    /live?things=a,b                            text/event-stream of liveMessage
 * GET    /live/ws?things=a,b                         WebSocket of liveMessage
 * GET    /openapi.json ; /api/docs (page) ; /metrics (Prometheus text) ; POST /write, /api/v2/write (line protocol)
 */
export const apiPrefix = '/api/v1'
