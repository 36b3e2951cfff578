import { Agent, request } from 'node:http'

/**
 * A process of its own that makes line protocol and sends it, so that neither making nor sending is counted as anybody's
 * work. For each order on IPC (`{url, name, lines}`) it sends the readings of that round, which it made once for all
 * programs, and reports `{name, readings, seconds}` when all were acknowledged.
 *
 * The mix of a plant: 9,990 series every 350 s and ten every second, jitter below 20 ms, in order of time. Of ten series
 * one counts, two are binary, the rest walk in steps of 0.01.
 */
const slowSeries = 9_990
const fastSeries = 10
const slowPeriodS = 350
const connections = 4

interface Order {
  readonly round: number
  readonly readings: number
  readonly lines: number
  readonly url: string
}

const values = new Float64Array(slowSeries + fastSeries)
for (let series = 0; series < values.length; series++) values[series] = isBinary(series) ? 0 : 20 + (series % 100)
let random = 42
let second = 1_767_225_600
const due: number[] = []
let made: { round: number; lines: number; bodies: Buffer[] } = { round: -1, lines: 0, bodies: [] }

function bodiesOf({ round, readings, lines }: Order): Buffer[] {
  if (made.round === round && made.lines === lines) return made.bodies
  const bodies: Buffer[] = []
  for (let left = readings; left > 0; left -= lines) bodies.push(body(Math.min(left, lines)))
  made = { round, lines, bodies }
  return bodies
}

function body(lines: number): Buffer {
  let text = ''
  for (let line = 0; line < lines; line++) {
    if (due.length === 0) nextSecond()
    const series = due.pop()!
    text += `m,tag=${series} v=${step(series)} ${second}${String(next() % 20).padStart(3, '0')}\n`
  }
  return Buffer.from(text)
}

function nextSecond(): void {
  second++
  for (let series = fastSeries + (second % slowPeriodS); series < values.length; series += slowPeriodS) due.push(series)
  for (let series = fastSeries - 1; series >= 0; series--) due.push(series)
}

function step(series: number): number {
  const before = values[series]!
  const chance = next()
  let after = Math.round((before + ((chance % 21) - 10) / 100) * 100) / 100
  if (isBinary(series)) after = chance % 200 === 0 ? 1 - before : before
  else if (series % 10 === 3) after = before + (chance % 8)
  values[series] = after
  return after
}

function isBinary(series: number): boolean {
  return series % 10 === 1 || series % 10 === 2
}

/** xorshift32 (13, 17, 5). */
function next(): number {
  random ^= random << 13
  random ^= random >>> 17
  random ^= random << 5
  random >>>= 0
  return random
}

async function send(url: string, bodies: readonly Buffer[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let at = 0
  const lane = async () => {
    while (at < bodies.length) await post(agent, url, bodies[at++]!)
  }
  await Promise.all(Array.from({ length: connections }, lane))
  agent.destroy()
}

const post = (agent: Agent, url: string, body: Buffer) =>
  new Promise<void>((resolve, reject) => {
    const outgoing = request(url, { agent, method: 'POST', headers: { 'content-length': body.length } }, (response) => {
      response.resume()
      response.on('end', () => {
        if (response.statusCode === 204) resolve()
        else reject(new Error(`${url}: ${response.statusCode}`))
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })

process.on('message', async (order: Order) => {
  const bodies = bodiesOf(order)
  const began = performance.now()
  try {
    await send(order.url, bodies)
    process.send?.({ seconds: (performance.now() - began) / 1000 })
  } catch (error) {
    process.send?.({ error: String(error) })
  }
})
