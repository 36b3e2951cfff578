import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { ProgramFolder, type RunningProgram } from '../fakes/program.ts'
import { type Found, kept, lineBody, linesOf, type Request, type Sender, sender } from './crash-http-load.ts'

/*
 * `npm run test:long -- crash-http [--rounds 50]`: the whole program under line protocol from several senders is killed
 * with SIGKILL at a random moment; in each round there are new things, so that it is also killed while it makes them.
 * After the restart every line answered with 204 must be there, once and as it was sent, and nothing that nobody sent;
 * after the others were sent again, every line. `--control early` counts as answered what was only sent: must be found out.
 */
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    senders: { type: 'string', default: '4' },
    seed: { type: 'string' },
    control: { type: 'string', default: 'none' },
  },
})
const rounds = Number(options.rounds)
const early = options.control === 'early'
const seed = Number(options.seed ?? Date.now() % 2 ** 31)
let state = seed || 1
const random = () => {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) / 2 ** 32
}

const folder = new ProgramFolder()
const senders: Sender[] = []
const total = { requests: 0, acknowledged: 0, repeated: 0, lost: 0, wrong: 0, doubled: 0, unasked: 0, ownEnds: 0 }
console.log(`crash-http: ${rounds} rounds, ${options.senders} senders, seed ${seed}, control ${options.control}`)
try {
  for (let round = 1; round <= rounds; round++) {
    const mine = Array.from({ length: Number(options.senders) }, (_, n) => sender(round, n))
    senders.push(...mine)
    await killedRun(mine)
    const program = await folder.start()
    await check(program, mine, 'acknowledged')
    for (const one of mine)
      for (const request of one.requests) if (!request.acknowledged) await repeat(program, request)
    // The newest twice: once as the restart found them, once with what was repeated; at the end all of them.
    await check(program, round === rounds ? senders : mine, 'all')
    await program.end(round % 2 === 0 ? 'SIGKILL' : 'SIGTERM')
    const { requests, acknowledged, lost, wrong, doubled } = total
    console.log(
      `round ${round}: ${acknowledged} of ${requests} requests answered, ${lost} lines lost, ${wrong} wrong, ${doubled} doubled`,
    )
  }
} finally {
  await folder.close()
}
const { acknowledged, lost, wrong, doubled, unasked, ownEnds } = total
const ok = acknowledged > 0 && lost + wrong + doubled + unasked + ownEnds === 0
const lines = senders.reduce((sum, { requests }) => sum + requests.reduce((own, { rows }) => own + rows, 0), 0)
console.log(
  JSON.stringify({
    name: 'crash-http',
    rounds,
    seed,
    control: options.control,
    lines,
    ...total,
    ok,
    load: loadavg()[0],
  }),
)
process.exit(ok ? 0 : 1)

/** Starts the program, lets the senders send, and kills it some time after the first answer. */
async function killedRun(mine: readonly Sender[]): Promise<void> {
  const program = await folder.start()
  let killed: Promise<number | null> | undefined
  const kill = () => {
    killed ??= new Promise((resolve) => setTimeout(() => resolve(program.end('SIGKILL')), 5 + random() * 800))
  }
  await Promise.all(mine.map((one) => sendUntilKilled(program, one, kill)))
  if ((await killed) !== null) total.ownEnds++
}

async function sendUntilKilled({ url }: RunningProgram, one: Sender, answered: () => void): Promise<void> {
  for (let sequence = 1; ; sequence++) {
    const request: Request = { sender: one, sequence, rows: 1 + Math.floor(random() ** 3 * 2_000), acknowledged: early }
    one.requests.push(request)
    total.requests++
    try {
      const answer = await send(url, request)
      if (answer !== 204) throw new Error(`answered with ${answer}`)
    } catch (error) {
      // Only the kill may end it: anything else is a fault of this check or of the program.
      if (!(error instanceof TypeError)) throw error
      if (early) total.acknowledged++
      return
    }
    request.acknowledged = true
    total.acknowledged++
    answered()
  }
}

async function send(url: string, request: Request): Promise<number> {
  const { status } = await fetch(`${url}/write?precision=us`, { method: 'POST', body: lineBody(request) })
  return status
}

async function repeat({ url }: RunningProgram, request: Request): Promise<void> {
  const status = await send(url, request)
  if (status !== 204) throw new Error(`repeated and answered with ${status}`)
  request.acknowledged = true
  total.repeated++
}

async function check(program: RunningProgram, some: readonly Sender[], which: 'acknowledged' | 'all'): Promise<void> {
  for (const one of some) {
    const found: Found = await kept(program.url, one)
    total.doubled += found.doubled
    total.wrong += found.wrong
    let expected = 0
    for (const request of one.requests) {
      const there = linesOf(request).filter((time) => found.times.has(time)).length
      expected += there
      if (which === 'all' || request.acknowledged) total.lost += request.rows - there
    }
    total.unasked += found.times.size - expected
  }
}
