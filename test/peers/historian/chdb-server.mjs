// The HTTP interface of ClickHouse, as much of it as @clickhouse/client uses, in front of chdb: ClickHouse's own engine in
// this process. Started as `node chdb-server.mjs <folder of chdb> <folder of data> [port]`; prints `listening <url>`.
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [chdbFolder, dataFolder, port = '0'] = process.argv.slice(2)
const { Session } = createRequire(join(chdbFolder, 'package.json'))('chdb')
const session = new Session(join(dataFolder, 'engine'))
const spool = join(dataFolder, 'spool')
mkdirSync(spool, { recursive: true })

/** Parameters of a request that are no settings of a query. */
const notSettings = new Set(['query', 'query_id', 'database', 'session_id', 'wait_end_of_query', 'role'])
/** Settings of the HTTP interface itself, which an engine without one does not know. */
const ofHttp = new Set(['cancel_http_readonly_queries_on_client_close', 'enable_http_compression'])
const counts = { selects: 0, inserts: 0, others: 0, refused: 0, bytesIn: 0, bytesOut: 0 }

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost')
  if (url.pathname === '/ping') return void response.end('Ok.\n')
  if (url.pathname === '/counts')
    return void response.end(JSON.stringify({ ...counts, version: session.query('SELECT version()', 'TSV').trim() }))
  try {
    const body = await bodyOf(request)
    counts.bytesIn += body.length
    const inUrl = url.searchParams.get('query')
    const answer = inUrl === null ? await run(body.toString(), url) : await insert(inUrl, body, url)
    counts.bytesOut += answer.length
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'x-clickhouse-query-id': randomUUID() })
    // In pieces, so that a reader meets the borders of chunks where a network would put them.
    for (let at = 0; at < answer.length; at += 50_000) {
      if (!response.write(answer.subarray(at, at + 50_000)))
        await new Promise((resolve) => response.once('drain', resolve))
    }
    response.end()
  } catch (error) {
    counts.refused++
    const code = error.clickhouseCode ?? /Code: (\d+)/.exec(error.message)?.[1] ?? 1001
    response.writeHead(500, { 'x-clickhouse-exception-code': String(code) })
    response.end(/^Code: /.test(error.message) ? error.message : `Code: ${code}. DB::Exception: ${error.message}`)
  }
})

/** A statement with the settings that came in the address. */
async function run(statement, url) {
  const [, sql, format] = /^([\s\S]*?)(?:\s+FORMAT\s+(\w+))?\s*;?\s*$/.exec(statement)
  const isSelect = /^\s*(SELECT|WITH|SHOW|DESCRIBE)/i.test(sql)
  counts[isSelect ? 'selects' : 'others']++
  const result = await session.queryAsync(isSelect ? `${sql}${settingsOf(url)}` : sql, {
    format: format ?? 'TabSeparated',
  })
  return Buffer.from(result.bytes())
}

/** `INSERT INTO … FORMAT Native` with its data in the body: the engine reads them from a file. */
async function insert(statement, body, url) {
  const [, into, format] = /^\s*(INSERT\s+INTO\s+[\s\S]*?)\s+FORMAT\s+(\w+)\s*$/i.exec(statement)
  counts.inserts++
  const file = join(spool, `${randomUUID()}.bin`)
  writeFileSync(file, body)
  try {
    await session.queryAsync(`${into}${settingsOf(url)} SELECT * FROM file('${file}', '${format}')`)
    return Buffer.alloc(0)
  } finally {
    rmSync(file, { force: true })
  }
}

function settingsOf(url) {
  const settings = [...url.searchParams].filter(([name]) => !notSettings.has(name) && !ofHttp.has(name))
  return settings.length === 0 ? '' : ` SETTINGS ${settings.map(([name, value]) => `${name} = ${value}`).join(', ')}`
}

async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

server.listen(Number(port), '127.0.0.1', () => console.log(`listening http://127.0.0.1:${server.address().port}`))
process.on('SIGTERM', () => {
  session.close()
  process.exit(0)
})
