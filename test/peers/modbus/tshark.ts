import { deepEqual, equal, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, connect as openSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { ModbusServer, readIdentification, readServerId } from '#modbus'
import { Cases, NotRun, type Peer } from '../peer.ts'
import { need, run, start } from '../programs.ts'
import { askDriver } from './ask-driver.ts'
import { askAtOnce, askServer, readsAtOnce, withClient } from './ask-server.ts'
import { reference, referenceDevice } from './reference.ts'

/** TShark listens while our client and driver talk to our server: every request must be well formed in its eyes. */
export const peer: Peer = {
  name: 'tshark',
  area: 'modbus',
  async run(cases) {
    const tshark = await need('tshark', 'tshark')
    cases.version = `TShark ${/(\d+\.\d+\.\d+)/.exec((await run(tshark, ['--version'])).stdout)?.[1] ?? ''}`
    const folder = mkdtempSync(join(tmpdir(), 'interwork-capture-'))
    try {
      await judgeOurs(cases, tshark, join(folder, 'ours.pcapng'))
      await judgeBroken(cases, tshark, join(folder, 'broken.pcapng'))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** Reads sent several at a time, so that requests share packets. */
const reads = 500
const everyFunction = [1, 2, 3, 4, 5, 6, 15, 16, 17, 22, 23, 43]

async function judgeOurs(cases: Cases, tshark: string, file: string): Promise<void> {
  const device = referenceDevice()
  const server = new ModbusServer({ device: (id) => (id === reference.unit ? device : undefined) })
  const { port } = await server.listen(0)
  const capture = await startCapture(tshark, port, file)
  let sent = 0
  try {
    // What is asked here is judged by others; here only the bytes matter, so its own cases are not listed again.
    const unheard = new Cases()
    await withClient({ kind: 'tcp', host: '127.0.0.1', port }, async (client) => {
      await askServer(unheard, client)
      await readServerId(client, reference.unit)
      for (const category of [1, 2, 3] as const) await readIdentification(client, reference.unit, category)
      await askAtOnce(unheard, client, { reads, inFlight: 8 })
      sent = client.counters.requests
    })
    equal(unheard.results.filter(({ result }) => result === 'fail').length, 0)
    await capture.settle()
  } finally {
    await capture.stop()
  }
  const seen = await requestsIn(tshark, file, port)
  await cases.check('dissects every request of our client as Modbus', () => {
    equal(seen.functions.length, sent)
    return `${sent} sent, ${seen.functions.length} dissected`
  })
  await cases.check('has seen every function code', () =>
    deepEqual(
      [...new Set(seen.functions)].toSorted((a, b) => a - b),
      everyFunction,
    ),
  )
  await cases.check('finds nothing malformed and no warning, in requests and answers', () => {
    deepEqual(seen.complaints, [])
    return `${seen.frames} frames`
  })
  await cases.check('reads the addresses and counts of our reads as we meant them', () => {
    const found = new Map<string, number>()
    for (const read of seen.reads) found.set(read, (found.get(read) ?? 0) + 1)
    const missing = readsAtOnce(reads).filter(({ code, from, count }) => {
      const left = found.get(`${code} ${from} ${count}`) ?? 0
      found.set(`${code} ${from} ${count}`, left - 1)
      return left === 0
    })
    deepEqual(missing, [])
    return `${reads} reads`
  })
  await judgeDriver(cases, tshark, { server, port, file: `${file}.driver` })
}

/** The same for the requests that the driver makes of a thing: its plan, its writes. */
async function judgeDriver(
  cases: Cases,
  tshark: string,
  { server, port, file }: { readonly server: ModbusServer; readonly port: number; readonly file: string },
): Promise<void> {
  const capture = await startCapture(tshark, port, file)
  try {
    await askDriver(new Cases(), { transport: 'tcp', host: '127.0.0.1', port })
    await capture.settle()
  } finally {
    await capture.stop()
    await server.close()
  }
  const seen = await requestsIn(tshark, file, port)
  await cases.check('dissects every request of the driver, with nothing malformed and no warning', () => {
    deepEqual(seen.complaints, [])
    const functions = new Set(seen.functions)
    for (const code of [1, 2, 3, 4, 5, 16, 22, 23]) ok(functions.has(code), `function ${code} is missing`)
    return `${seen.functions.length} requests`
  })
}

/** The control: requests broken on purpose must be complained of, or the judge is asleep. */
async function judgeBroken(cases: Cases, tshark: string, file: string): Promise<void> {
  const sink = createServer((socket) => socket.resume())
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve))
  const { port } = sink.address() as { port: number }
  const capture = await startCapture(tshark, port, file)
  try {
    const socket = openSocket(port, '127.0.0.1')
    // Function 3 without its count.
    socket.end(Buffer.from([0, 1, 0, 0, 0, 4, 7, 3, 0, 10]))
    await capture.settle()
  } finally {
    await capture.stop()
    sink.close()
  }
  await cases.check('control: complains of a request that is broken on purpose', async () => {
    const { complaints } = await requestsIn(tshark, file, port)
    ok(complaints.length > 0, 'it found nothing wrong with it')
    return complaints[0]
  })
}

interface Capture {
  /** Waits until what was sent so far has been captured. */
  settle(): Promise<void>
  stop(): Promise<void>
}

/** Starts a capture of one port and waits until it really hears; it needs the right to capture on loopback. */
async function startCapture(tshark: string, port: number, file: string): Promise<Capture> {
  const args = ['-i', 'lo', '-n', '-l', '-P', '-f', `tcp port ${port}`, '-w', file]
  const running = await start(tshark, args, 'Capturing on').catch((error: Error) => {
    throw new NotRun(`this user may not capture on the loopback interface: ${error.message.slice(0, 200)}`)
  })
  const heard = new Set<string>()
  createInterface({ input: running.child.stdout! }).on('line', (line) => {
    const [, from] = /(\d+) → \d+/.exec(line.replace(/^.*TCP /, '')) ?? []
    if (from) heard.add(from)
  })
  /** Connects with a port of its own, until the capture shows it. */
  const untilHeard = async () => {
    for (let tries = 0; tries < 100; tries++) {
      const from = await knock(port)
      for (let waits = 0; waits < 10; waits++) {
        if (heard.has(String(from))) return
        await delay(20)
      }
    }
    throw new Error('the capture hears nothing')
  }
  try {
    await untilHeard()
  } catch (error) {
    await running.stop()
    throw error
  }
  return { settle: untilHeard, stop: running.stop }
}

/** Connects and goes away again; returns the port it came from. */
async function knock(port: number): Promise<number> {
  const socket = openSocket(port, '127.0.0.1')
  await once(socket, 'connect')
  const { localPort } = socket
  socket.destroy()
  return localPort!
}

interface Seen {
  /** Function codes of all requests, in order. */
  readonly functions: readonly number[]
  /** Requests of functions 3 and 4 as `function address count`. */
  readonly reads: readonly string[]
  /** Frames with Modbus in them, both ways. */
  readonly frames: number
  /** What is malformed or worth a warning in a frame with Modbus. */
  readonly complaints: readonly string[]
}

async function requestsIn(tshark: string, file: string, port: number): Promise<Seen> {
  const read = async (filter: string, ...fields: readonly string[]) => {
    const columns = fields.flatMap((field) => ['-e', field])
    const args = ['-r', file, '-n', '-o', `mbtcp.tcp.port:${port}`, '-Y', filter, '-T', 'fields', ...columns]
    const { code, stdout, stderr } = await run(tshark, args, 60_000)
    equal(code, 0, stderr)
    return stdout.split('\n').filter((line) => line.trim() !== '')
  }
  const asked = ['modbus.func_code', 'modbus.reference_num', 'modbus.word_cnt'] as const
  const requests = (await read(`mbtcp && tcp.dstport == ${port}`, ...asked)).map((line) =>
    line.split('\t').map((column) => column.split(',').map(Number)),
  )
  // Severity 0x600000 and above: warnings and errors; malformed frames are errors.
  const bad = '(mbtcp || modbus) && (_ws.malformed || _ws.expert.severity >= 0x600000)'
  return {
    functions: requests.flatMap(([codes]) => codes!),
    reads: requests.flatMap(([codes, addresses, counts]) =>
      codes!.every((code) => code === 3 || code === 4)
        ? codes!.map((code, index) => `${code} ${addresses![index]} ${counts![index]}`)
        : [],
    ),
    frames: (await read('mbtcp', 'frame.number')).length,
    complaints: await read(bad, 'frame.number', '_ws.expert.message', '_ws.malformed'),
  }
}
