import type {
  AggregatePage,
  BackupList,
  CommandList,
  CommandView,
  EventList,
  ImportPage,
  JobList,
  JobView,
  Problem,
  ProfileList,
  ReadingPage,
  SimilarPage,
  SqlAnswerView,
  StatePage,
  SystemView,
  ThingList,
  ThingView,
  TrendPage,
  Value,
} from './contract.ts'

const apiPrefix = '/api/v1'

/** A refusal of the instance, or its silence: always a code, a message and what to do. */
export class ApiProblem extends Error {
  readonly problem: Problem
  readonly status: number

  constructor(problem: Problem, status: number) {
    super(problem.message)
    this.name = 'ApiProblem'
    this.problem = problem
    this.status = status
  }
}

/** What to show for anything that was thrown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof ApiProblem) return error.problem
  return { code: 'IW_KERNEL_BUG', message: error instanceof Error ? error.message : String(error), remedy: '' }
}

/** Segments of a path are ids of people's own making: they are always encoded. */
export const apiPath = (...segments: readonly string[]): string =>
  `${apiPrefix}/${segments.map(encodeURIComponent).join('/')}`

async function call(method: string, address: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
  const response = await answerTo(method, address, body, signal)
  if (response.status === 204) return undefined
  const reply: unknown = await response.json().catch(() => undefined)
  if (response.ok && reply !== undefined) return reply
  throw new ApiProblem(problemOf(reply, response), response.status)
}

/** What the instance answers, good or bad; throws where it is silent. */
async function answerTo(method: string, address: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const isBytes = body instanceof Blob
  const type = isBytes ? 'application/octet-stream' : 'application/json'
  try {
    return await fetch(address, {
      method,
      headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': type }) },
      ...(body !== undefined && { body: isBytes ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    const message = `No answer from ${location.host}.`
    throw new ApiProblem({ code: 'IW_INSTANCE_NOT_RUNNING', message, remedy: '' }, 0)
  }
}

async function callBytes(address: string, bytes: Blob): Promise<unknown> {
  const response = await answerTo('PUT', address, bytes)
  const reply: unknown = await response.json().catch(() => undefined)
  if (response.ok && reply !== undefined) return reply
  throw new ApiProblem(problemOf(reply, response), response.status)
}

async function callFile(address: string, body: unknown): Promise<Blob> {
  const response = await answerTo('POST', address, body)
  if (response.ok) return await response.blob()
  throw new ApiProblem(problemOf(await response.json().catch(() => undefined), response), response.status)
}

function problemOf(reply: unknown, response: Response): Problem {
  if (typeof reply === 'object' && reply !== null && 'code' in reply && 'message' in reply) return reply as Problem
  return { code: 'IW_HTTP_BAD_REQUEST', message: `${response.status} ${response.statusText}`, remedy: '' }
}

const query = (entries: Readonly<Record<string, string | number | undefined>>): string =>
  new URLSearchParams(
    Object.entries(entries).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  ).toString()

/** Every address the console asks, typed by the contract. Rejects with `ApiProblem`. */
export const api = {
  system: () => call('GET', apiPath('system')) as Promise<SystemView>,
  async things(): Promise<ThingView[]> {
    const things: ThingView[] = []
    let cursor: string | undefined
    do {
      const page = (await call('GET', `${apiPath('things')}?${query({ limit: 500, cursor })}`)) as ThingList
      things.push(...page.things)
      cursor = page.next
    } while (cursor !== undefined)
    return things
  },
  thing: (id: string) => call('GET', apiPath('things', id)) as Promise<ThingView>,
  addThing: (definition: unknown) => call('POST', apiPath('things'), definition) as Promise<ThingView>,
  removeThing: (id: string) => call('DELETE', apiPath('things', id)) as Promise<void>,
  profiles: () => call('GET', apiPath('profiles')) as Promise<ProfileList>,
  events: (limit: number) => call('GET', `${apiPath('events')}?${query({ limit })}`) as Promise<EventList>,
  commands: (thing: string, limit: number) =>
    call('GET', `${apiPath('commands')}?${query({ thing, limit })}`) as Promise<CommandList>,
  write: (thing: string, property: string, value: Value, reason?: string) =>
    call('POST', apiPath('things', thing, 'properties', property, 'commands'), {
      value,
      ...(reason && { reason }),
    }) as Promise<CommandView>,
  readings: (thing: string, property: string, range: { from: number; to: number; limit: number; cursor?: string }) =>
    call(
      'GET',
      `${apiPath('things', thing, 'properties', property, 'readings')}?${query(range)}`,
    ) as Promise<ReadingPage>,
  trend: (tags: readonly number[], range: { from: number; to: number; buckets: number }, signal?: AbortSignal) =>
    call(
      'GET',
      `${apiPath('readings', 'trend')}?${query({ tags: tags.join(','), ...range })}`,
      undefined,
      signal,
    ) as Promise<TrendPage>,
  aggregate: (
    tags: readonly number[],
    asked: { from: number; to: number; step: string; zone: string; interpolation?: 'previous' | 'linear' },
    signal?: AbortSignal,
  ) =>
    call(
      'GET',
      `${apiPath('readings', 'aggregate')}?${query({ tags: tags.join(','), ...asked })}`,
      undefined,
      signal,
    ) as Promise<AggregatePage>,
  states: (
    tags: readonly number[],
    asked: { from: number; to: number; limit: number; step?: string; zone?: string },
    signal?: AbortSignal,
  ) =>
    call(
      'GET',
      `${apiPath('readings', 'states')}?${query({ tags: tags.join(','), ...asked })}`,
      undefined,
      signal,
    ) as Promise<StatePage>,
  sql: (question: { sql: string; maxRows: number; timeoutMs: number }, signal: AbortSignal) =>
    call('POST', apiPath('sql'), question, signal) as Promise<SqlAnswerView>,
  sqlFile: (sql: string, format: 'csv' | 'parquet') =>
    callFile(apiPath('sql'), { sql, format, maxRows: 1_000_000, timeoutMs: 300_000 }),
  similar: (tag: number, asked: { from: number; to: number; limit: number }, signal?: AbortSignal) =>
    call(
      'GET',
      `${apiPath('readings', 'similar')}?${query({ tag, ...asked })}`,
      undefined,
      signal,
    ) as Promise<SimilarPage>,
  beginImport: (request: object) => call('POST', apiPath('imports'), request) as Promise<ImportPage>,
  sendChunk: (id: string, offset: number, bytes: Blob) =>
    callBytes(`${apiPath('imports', id, 'chunks')}?${query({ offset })}`, bytes) as Promise<ImportPage>,
  cancelImport: (id: string) => call('DELETE', apiPath('imports', id)) as Promise<void>,
  jobs: () => call('GET', apiPath('jobs')) as Promise<JobList>,
  cancelJob: (id: string) => call('DELETE', apiPath('jobs', id)) as Promise<void>,
  merge: () => call('POST', apiPath('merges'), {}) as Promise<JobView>,
  exportAll: () => call('POST', apiPath('exports'), {}) as Promise<JobView>,
  backUp: () => call('POST', apiPath('backups'), {}) as Promise<JobView>,
  backups: () => call('GET', apiPath('backups')) as Promise<BackupList>,
  removeBackup: (id: string) => call('DELETE', apiPath('backups', id)) as Promise<void>,
}

/** Where the readings of a property can be taken away as CSV. */
export const csvAddress = (thing: string, property: string, range: { from: number; to: number }): string =>
  `${apiPath('things', thing, 'properties', property, 'readings')}?${query({ ...range, format: 'csv', limit: 100_000 })}`

/** Where the rows of a file that were not taken can be had as CSV. */
export const rejectedAddress = (id: string): string => `${apiPath('imports', id, 'rejected')}?format=csv`
