import pg from 'pg'
import type { ReadingBatch } from '#model'
import { startPostgres } from '../test/fakes/postgres.ts'
import { cpuSecondsOf } from './harness.ts'
import { type LineProgram, startInfluxDb, startVictoriaMetrics } from './line-programs.ts'
import { flowTag, type QueryData } from './query-data.ts'
import {
  countOf,
  day,
  dayStepMs,
  fetched,
  month,
  monthStepMs,
  type QueryName,
  type QueryProgram,
  slowTag,
} from './query-program.ts'
import { treeOf } from './tree.ts'

type Say = (line: string) => void
const ms = (us: number) => Math.floor(us / 1000)

/** Debian's VictoriaMetrics, filled by line protocol. It keeps milliseconds, and no quality. */
export async function startVictoriaForQueries(data: QueryData, say: Say): Promise<QueryProgram | undefined> {
  const program = await startVictoriaMetrics(['-search.maxPointsPerTimeseries=100000', '-search.latencyOffset=0s'])
  if (!program) return left('VictoriaMetrics', say)
  await sendLines(program, data)
  await fetched(`${program.url}/internal/force_flush`)
  await fetched(`${program.url}/internal/force_merge`)
  await settled(program.pid)
  const range = (query: string, { from, to }: typeof day, stepMs: number) =>
    `/api/v1/query_range?${new URLSearchParams({ query, start: String(ms(from) / 1000), end: String(ms(to) / 1000), step: `${stepMs / 1000}s`, nocache: '1' })}`
  const series = (tag: number) => `m_v{tag="${tag}"}`
  // Minimum, maximum and mean of each step, as three series.
  const minMaxMean = (stepMs: number) => `rollup(${series(flowTag)}[${stepMs / 1000}s])`
  const addresses: Readonly<Record<QueryName, string>> = {
    'last of 10,000 tags': `/api/v1/query?${new URLSearchParams({ query: 'last_over_time(m_v[1h])', time: String(ms(data.mixEnd) / 1000), nocache: '1' })}`,
    'slow tag, 1 day, all rows': `/api/v1/export?${exported(slowTag)}`,
    '1 Hz tag, 1 day at 1,000 px': range(minMaxMean(dayStepMs), day, dayStepMs),
    '1 Hz tag, 1 day, 86,400 rows, binary': `/api/v1/export/native?${exported(flowTag)}`,
    '1 Hz tag, 30 days of minutes at 1,000 px': range(minMaxMean(monthStepMs), month, monthStepMs),
    '1 Hz tag, 30 days of minutes, all 43,200': range(minMaxMean(60_000), month, 60_000),
  }
  return asked(program, addresses, (bytes) => countOf(bytes, '],[') + countOf(bytes, '"value"'))

  function exported(tag: number): URLSearchParams {
    return new URLSearchParams({
      'match[]': series(tag),
      start: String(ms(day.from) / 1000),
      end: String(ms(day.to) / 1000),
    })
  }
}

/** Debian's InfluxDB 1.6, filled by line protocol. */
export async function startInfluxForQueries(data: QueryData, say: Say): Promise<QueryProgram | undefined> {
  const program = await startInfluxDb()
  if (!program) return left('InfluxDB', say)
  await sendLines(program, data)
  await settled(program.pid)
  const query = (text: string) => `/query?${new URLSearchParams({ db: 'bench', epoch: 'ms', q: text })}`
  const within = (tag: number, { from, to }: typeof day) =>
    `FROM m WHERE "tag"='${tag}' AND time >= ${ms(from)}ms AND time < ${ms(to)}ms`
  const grouped = (range: typeof day, stepMs: number) =>
    query(`SELECT min(v), max(v), mean(v), count(v) ${within(flowTag, range)} GROUP BY time(${stepMs}ms) fill(none)`)
  const addresses: Readonly<Record<QueryName, string>> = {
    'last of 10,000 tags': query('SELECT last(v) FROM m GROUP BY "tag"'),
    'slow tag, 1 day, all rows': query(`SELECT v ${within(slowTag, day)}`),
    '1 Hz tag, 1 day at 1,000 px': grouped(day, dayStepMs),
    '1 Hz tag, 1 day, 86,400 rows, binary': query(`SELECT v ${within(flowTag, day)}`),
    '1 Hz tag, 30 days of minutes at 1,000 px': grouped(month, monthStepMs),
    '1 Hz tag, 30 days of minutes, all 43,200': grouped(month, 60_000),
  }
  return asked(program, addresses, (bytes) => countOf(bytes, '],[') + 1)
}

/** Debian's PostgreSQL, filled by arrays, with the index that its users make, and the plans they would write. */
export async function startPostgresForQueries(data: QueryData, say: Say): Promise<QueryProgram | undefined> {
  const server = await startPostgres()
  if ('missing' in server) return left('PostgreSQL', say)
  const client = new pg.Client({ connectionString: await server.newDatabase() })
  await client.connect()
  await client.query('create table r (tag int not null, t bigint not null, v double precision, q smallint not null)')
  for (const batch of data.batches()) await insert(client, batch)
  await client.query('alter table r add primary key (tag, t)')
  await client.query('vacuum analyze r')
  const { rows } = await client.query<{ version: string; pid: number }>(
    `select current_setting('server_version') as version, pg_backend_pid() as pid`,
  )
  const { version, pid } = rows[0]!
  const grouped = ({ from, to }: typeof day, stepMs: number) =>
    `select (t - ${from}) / ${stepMs * 1000} as bucket, min(v), max(v), avg(v), count(*) from r where tag = ${flowTag} and t >= ${from} and t < ${to} group by 1 order by 1`
  const raw = (tag: number, { from, to }: typeof day) =>
    `select t, v, q from r where tag = ${tag} and t >= ${from} and t < ${to} order by t`
  const statements: Readonly<Record<QueryName, string>> = {
    'last of 10,000 tags':
      'select g.tag, l.t, l.v, l.q from generate_series(1, 10000) g(tag) cross join lateral (select t, v, q from r where r.tag = g.tag order by t desc limit 1) l',
    'slow tag, 1 day, all rows': raw(slowTag, day),
    '1 Hz tag, 1 day at 1,000 px': grouped(day, dayStepMs),
    '1 Hz tag, 1 day, 86,400 rows, binary': raw(flowTag, day),
    '1 Hz tag, 30 days of minutes at 1,000 px': grouped(month, monthStepMs),
    '1 Hz tag, 30 days of minutes, all 43,200': grouped(month, 60_000),
  }
  return {
    name: 'PostgreSQL',
    version: version.split(' ')[0]!,
    // Its backend for this connection; the others idle.
    pids: () => [pid],
    async ask(query) {
      const { rows: answer } = await client.query({ text: statements[query], rowMode: 'array' })
      return { rows: answer.length, bytes: 0 }
    },
    async stop() {
      await client.end()
      await server.stop()
    },
  }
}

function left(name: string, say: Say): undefined {
  say(`${name}: not installed here, left out`)
}

function asked(
  program: LineProgram,
  addresses: Readonly<Record<QueryName, string>>,
  rowsIn: (bytes: Buffer) => number,
): QueryProgram {
  return {
    name: program.name,
    version: program.version,
    pids: () => treeOf(program.pid),
    async ask(query) {
      const bytes = await fetched(`${program.url}${addresses[query]}`)
      return { rows: rowsIn(bytes), bytes: bytes.length }
    },
    stop: () => program.stop(),
  }
}

async function sendLines(program: LineProgram, data: QueryData): Promise<void> {
  for (const { count, tag, time, value } of data.batches()) {
    let lines = ''
    for (let row = 0; row < count; row++) lines += `m,tag=${tag[row]} v=${value[row]} ${ms(time[row]!)}\n`
    await fetched(program.writeUrl, { method: 'POST', body: lines })
  }
}

/** Rows by arrays: as fast as COPY within a factor, and without another dependency. */
async function insert(client: pg.Client, { count, tag, time, value, quality }: ReadingBatch): Promise<void> {
  const list = (column: ArrayLike<number>) => `{${Array.prototype.slice.call(column, 0, count).join(',')}}`
  await client.query('insert into r select * from unnest($1::int[], $2::bigint[], $3::float8[], $4::smallint[])', [
    list(tag),
    list(time),
    list(value),
    list(quality),
  ])
}

/** Waits until a program has merged what it wanted to: less than 5 % of a core for three seconds, at most a minute. */
async function settled(pid: number): Promise<void> {
  for (let quiet = 0, tries = 0; quiet < 3 && tries < 60; tries++) {
    const before = cpuSecondsOf(pid)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    quiet = cpuSecondsOf(pid) - before < 0.05 ? quiet + 1 : 0
  }
}
