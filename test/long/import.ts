import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { clientFor, type ImportPage } from '#instance'
import { ProgramFolder, type RunningProgram } from '../fakes/program.ts'

/*
 * `npm run test:long -- import [--megabytes 300] [--kills 5]`: a CSV file that is made while it is sent goes into the whole
 * program, which is killed with SIGKILL now and then. At the end every row is there once, counted and summed by the program's own
 * SQL, and its memory at the end of the file is that at the beginning. `--control lose` leaves rows out: must be found out.
 */
const { values: options } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '300' },
    kills: { type: 'string', default: '5' },
    control: { type: 'string', default: 'none' },
  },
})
const rowsPerBlock = 10_000
const header = 'time,level [m],flow (m3/h),running\n'
const start = Date.UTC(2024, 0, 1)
const loses = options.control === 'lose'
/** Every block of rows has the same length, so that any stretch of the file can be made anew. */
const block = (number: number): Buffer<ArrayBuffer> => {
  const lines: string[] = []
  for (let row = number * rowsPerBlock; row < (number + 1) * rowsPerBlock; row++) {
    const level = 10 + (row % 90)
    const seen = loses && row % 100_000 === 77 ? row - 1 : row
    lines.push(`${new Date(start + seen * 250).toISOString()},${level}.${row % 10},${(row % 97) + 100}.5,${row % 2}\n`)
  }
  return Buffer.from(lines.join(''))
}
const blockBytes = block(0).length
const blocks = Math.ceil((Number(options.megabytes) * 1e6) / blockBytes)
const rows = blocks * rowsPerBlock
const bytes = header.length + blocks * blockBytes
const chunkBytes = 8 * 1024 * 1024

function piece(offset: number, length: number): Buffer {
  const end = Math.min(bytes, offset + length)
  const parts = offset < header.length ? [Buffer.from(header)] : []
  const first = Math.max(0, Math.floor((offset - header.length) / blockBytes))
  for (let number = first; number < blocks && header.length + number * blockBytes < end; number++)
    parts.push(block(number))
  const begin = offset < header.length ? 0 : header.length + first * blockBytes
  return Buffer.from(Buffer.concat(parts).subarray(offset - begin, end - begin))
}

const rssMegabytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

const folder = new ProgramFolder()
const memory: { share: number; megabytes: number }[] = []
let kills = 0
let view: ImportPage
let counted: readonly unknown[] = []
try {
  let program = await folder.start()
  view = await begun()
  const killAt = Array.from({ length: Number(options.kills) }, (_, n) => ((n + 0.5) / Number(options.kills)) * bytes)
  while (view.state === 'running') {
    if (killAt.length > 0 && view.offset > killAt[0]!) {
      killAt.shift()
      kills++
      void sent().catch(() => undefined)
      await program.end('SIGKILL')
      program = await folder.start()
      view = await begun()
    }
    view = await sent()
    memory.push({ share: view.offset / bytes, megabytes: rssMegabytes(program.pid) })
    console.log(
      `${Math.round(view.offset / 1e6)} of ${Math.round(bytes / 1e6)} MB, ${memory.at(-1)!.megabytes.toFixed(0)} MB of memory`,
    )
  }
  counted = await countedBy(program)
  await program.end('SIGTERM')
} finally {
  await folder.close()
}

function begun(): Promise<ImportPage> {
  const fingerprint = createHash('sha256').update(`${bytes}`).digest('hex')
  const body = { name: 'long.csv', format: 'csv', bytes, fingerprint, options: {} }
  return clientFor([folder.data]).json<ImportPage>('/api/v1/imports', { method: 'POST', body })
}

function sent(): Promise<ImportPage> {
  const { id, offset } = view
  const path = `/api/v1/imports/${id}/chunks?offset=${offset}`
  return clientFor([folder.data]).json<ImportPage>(path, { method: 'PUT', bytes: piece(offset, chunkBytes) })
}

/** Rows, and the sum of a column. */
async function countedBy(_: RunningProgram): Promise<readonly unknown[]> {
  const sql = `SELECT count(*), round(sum(value)) FROM readings WHERE thing = 'long' AND property = 'flow'`
  const answer = await clientFor([folder.data]).json<{ rows: unknown[][] }>('/api/v1/sql', {
    method: 'POST',
    body: { sql, timeoutMs: 60_000 },
  })
  return answer.rows[0] ?? []
}

let sum = 0
for (let row = 0; row < rows; row++) sum += (row % 97) + 100.5
const highest = (from: number, to: number) =>
  Math.max(0, ...memory.filter(({ share }) => share > from && share <= to).map(({ megabytes }) => megabytes))
const growth = highest(0.75, 1) - highest(0.1, 0.35)
const isComplete =
  view.state === 'done' && view.rows === rows && Number(counted[0]) === rows && Number(counted[1]) === Math.round(sum)
console.log(
  JSON.stringify({
    name: 'import',
    ok: isComplete && growth < 40,
    megabytes: bytes / 1e6,
    rows,
    counted,
    expectedSum: Math.round(sum),
    kills,
    highestMegabytes: Math.round(highest(0, 1)),
    growthMegabytes: Math.round(growth),
    problems: view.problems,
  }),
)
