import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { totalDiscards } from '#modbus'
import { Asked, bytes, ScriptedLine, settle, tcpReply } from './scripted-line.ts'

const two = { function: 3, address: 0, count: 2 } as const
const three = { function: 3, address: 10, count: 3 } as const
const answerToTwo = '03 04 0001 0002'
const answerToThree = '03 06 0003 0004 0005'

describe('a client on TCP', () => {
  test('gives each request its own answer, in whatever order they come', async () => {
    const line = await new ScriptedLine().start()
    line.client.limitUnit(1, 2)
    const [a, b] = [await line.ask(two), await line.ask(two)]
    await line.receive(
      tcpReply(line.transaction(1), 1, '03 04 0009 0009'),
      tcpReply(line.transaction(0), 1, answerToTwo),
    )
    expect(a.answers).toEqual(['030400010002'])
    expect(b.answers).toEqual(['030400090009'])
    expect(totalDiscards(line.client.counters.discarded)).toBe(0)
  })

  test('sends what is asked in one tick in one write, at most so many at once for a unit', async () => {
    const line = await new ScriptedLine().start()
    line.client.limitUnit(1, 3)
    const asked = Array.from({ length: 5 }, () => new Asked(1, two, 1000))
    for (const exchange of asked) line.client.send(exchange)
    await settle()
    expect(line.sent.map(({ length }) => length)).toEqual([36])
    await line.receive(tcpReply(line.transaction(0), 1, answerToTwo))
    expect(line.sent.map(({ length }) => length)).toEqual([36, 12])
  })

  test('lets units take turns, so that one with much to ask starves none', async () => {
    const line = await new ScriptedLine({ inFlight: 1 }).start()
    const many = [0, 1, 2].map(() => new Asked(1, two, 1000))
    for (const exchange of many) line.client.send(exchange)
    line.client.send(new Asked(2, two, 1000))
    await settle()
    await line.receive(tcpReply(line.transaction(0), 1, answerToTwo))
    expect(line.sent[1]![6]).toBe(2)
  })

  test.each([
    ['twice', 'duplicate'],
    ['late', 'late'],
  ])('discards an answer that comes %s', async (how, kind) => {
    const line = await new ScriptedLine().start()
    const asked = await line.ask(two)
    const reply = tcpReply(line.transaction(0), 1, answerToTwo)
    if (how === 'late') await line.advance(1001)
    else await line.receive(reply)
    const next = await line.ask(two)
    await line.receive(reply)
    expect(next.answers).toEqual([])
    expect(asked.answers.length + asked.failures.length).toBe(1)
    expect(line.client.counters.discarded).toMatchObject({ [kind]: 1 })
    await line.receive(tcpReply(line.transaction(1), 1, '03 04 0007 0008'))
    expect(next.answers).toEqual(['030400070008'])
  })

  test('discards an answer to a transaction it never asked', async () => {
    const line = await new ScriptedLine().start()
    const asked = await line.ask(two)
    await line.receive(tcpReply((line.transaction(0) + 5000) & 0xffff, 1, answerToTwo))
    expect(asked.answers).toEqual([])
    expect(line.client.counters.discarded['foreign-transaction']).toBe(1)
  })

  test.each([
    ['of another unit', 2, answerToTwo, 'foreign-unit'],
    ['to another function', 1, '04 04 0001 0002', 'wrong-function'],
    ['with more registers', 1, answerToThree, 'wrong-length'],
    ['with fewer registers', 1, '03 02 0001', 'wrong-length'],
    ['whose byte count lies', 1, '03 06 0001 0002', 'wrong-echo'],
    ['that is an exception with something behind', 1, '83 02 00', 'wrong-length'],
  ] as const)('fails a request for the answer %s, and counts it', async (_, unit, pdu, kind) => {
    const line = await new ScriptedLine().start()
    const asked = await line.ask(two)
    await line.receive(tcpReply(line.transaction(0), unit, pdu))
    expect(asked.answers).toEqual([])
    expect(asked.failures).toMatchObject([{ kind: 'malformed', sent: true }])
    expect(line.client.counters.discarded[kind]).toBe(1)
  })

  test('tells an exception by its code', async () => {
    const line = await new ScriptedLine().start()
    const asked = await line.ask(two)
    await line.receive(tcpReply(line.transaction(0), 1, '83 02'))
    expect(asked.failures).toEqual([{ kind: 'exception', sent: true, code: 2 }])
  })

  test('understands replies cut anywhere, and several in one chunk', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 6 }), async (cuts) => {
        const line = await new ScriptedLine().start()
        line.client.limitUnit(1, 2)
        const [a, b] = [await line.ask(two), await line.ask(three)]
        const first = tcpReply(line.transaction(0), 1, answerToTwo)
        const second = tcpReply(line.transaction(1), 1, answerToThree)
        const stream = Buffer.concat([first, second])
        const at = [0, ...cuts.toSorted((x, y) => x - y), stream.length]
        await line.receive(...at.slice(1).map((end, i) => stream.subarray(at[i], end)))
        expect([a.answers, b.answers]).toEqual([['030400010002'], ['0306000300040005']])
        line.client.close()
      }),
      { numRuns: 60 },
    )
  })

  test('never believes a reply that borrowed bytes from the next one', async () => {
    // A truncated reply of 10 registers is followed by whole ones: wherever it was cut, no value may come of it.
    const ten = { function: 3, address: 0, count: 10 } as const
    const whole = `03 14 ${'4242'.repeat(10)}`
    for (let cut = 8; cut < 29; cut++)
      for (const apart of [false, true]) {
        const line = await new ScriptedLine().start()
        line.client.limitUnit(1, 4)
        const asked = [await line.ask(ten), await line.ask({ ...two }), await line.ask({ ...two }), await line.ask(ten)]
        const truncated = tcpReply(line.transaction(0), 1, whole).subarray(0, cut)
        const others = [1, 2].map((n) => tcpReply(line.transaction(n), 1, answerToTwo))
        const chunks = [truncated, ...others, tcpReply(line.transaction(3), 1, whole)]
        await line.receive(...(apart ? chunks : [Buffer.concat(chunks)]))
        await line.advance(1001)
        expect(asked[0]!.answers, `cut at ${cut}`).toEqual([])
        for (const exchange of asked.slice(1, 3)) expect(['030400010002', undefined]).toContain(exchange.answers[0])
        line.client.close()
      }
  })

  test('never believes a truncated reply completed by a doubled one', async () => {
    for (let cut = 8; cut < 13; cut++) {
      const line = await new ScriptedLine().start()
      const first = await line.ask(two)
      const reply = tcpReply(line.transaction(0), 1, answerToTwo)
      await line.receive(reply)
      expect(first.answers).toHaveLength(1)
      const second = await line.ask(three)
      await line.receive(tcpReply(line.transaction(1), 1, answerToThree).subarray(0, cut), reply, reply)
      await line.advance(1001)
      expect(second.answers).toEqual([])
      line.client.close()
    }
  })

  test.each([
    ['a foreign protocol', '0001 0001 0006 01 03 04'],
    ['an absurd length', '0001 0000 ffff 01 03 04'],
    ['a length of nothing', '0001 0000 0001 01 03 04'],
  ])('gives the connection up at %s', async (_, garbage) => {
    const line = await new ScriptedLine().start()
    const asked = await line.ask(two)
    await line.receive(bytes(garbage))
    expect(asked.failures).toMatchObject([{ kind: 'disconnected', sent: true }])
    expect(line.client.state.kind).toBe('waiting')
    expect(line.client.counters.discarded.garbage).toBe(1)
  })

  test('random bytes never become an answer and never throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 }), async (chunks) => {
        const line = await new ScriptedLine().start()
        const asked = await line.ask({ function: 3, address: 0, count: 100 })
        await line.receive(...chunks)
        expect(asked.answers).toEqual([])
        line.client.close()
      }),
    )
  })

  test('mutated answers are either the answer unchanged where it matters, or none', async () => {
    const reply = (transaction: number) => tcpReply(transaction, 1, answerToThree)
    await fc.assert(
      fc.asyncProperty(fc.nat(14), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const line = await new ScriptedLine().start()
        const asked = await line.ask(three)
        const mutated = Uint8Array.from(reply(line.transaction(0)))
        mutated[at]! ^= flip
        await line.receive(mutated)
        // Only the registers themselves carry no check on TCP.
        if (at < 9) expect(asked.answers).toEqual([])
        line.client.close()
      }),
    )
  })
})

describe('a connection on TCP', () => {
  test('is given up after three unanswered requests in a row, and tried again with growing pauses', async () => {
    const line = await new ScriptedLine({ retryMs: { first: 500, longest: 2000 } }).start()
    for (let i = 0; i < 3; i++) {
      const asked = await line.ask(two)
      await line.advance(1000)
      expect(asked.failures).toEqual([{ kind: 'timeout', sent: true }])
    }
    expect(line.client.state).toMatchObject({ kind: 'waiting', tries: 1, reason: 'no answer in time' })
    line.accepts = false
    const pauses: number[] = []
    for (let i = 0; i < 5; i++) {
      const state = line.client.state
      if (state.kind !== 'waiting') throw new Error(state.kind)
      pauses.push(state.retryAtMs - line.clock.monotonicMs())
      await line.advance(state.retryAtMs - line.clock.monotonicMs())
      await line.breakOff('ECONNREFUSED')
    }
    // Half of the full pause, as the jitter's random number is 0.
    expect(pauses).toEqual([250, 500, 1000, 1000, 1000])
  })

  test('is kept when others answer between the time-outs', async () => {
    const line = await new ScriptedLine().start()
    for (let i = 0; i < 6; i++) {
      const silent = await line.ask(two, 9)
      await line.advance(1001)
      expect(silent.failures).toHaveLength(1)
      const asked = await line.ask(two, 1)
      await line.receive(tcpReply(line.transaction(2 * i + 1), 1, answerToTwo))
      expect(asked.answers).toHaveLength(1)
    }
    expect(line.opened).toBe(1)
  })

  test('is given up when an answer ended in the middle, for the next one would complete it', async () => {
    const line = await new ScriptedLine().start()
    const asked = await line.ask(three)
    await line.receive(tcpReply(line.transaction(0), 1, answerToThree).subarray(0, 12))
    await line.advance(1001)
    expect(asked.failures).toEqual([{ kind: 'timeout', sent: true }])
    expect(line.client.state).toMatchObject({ kind: 'waiting', reason: 'an answer ended in the middle' })
  })

  test('that breaks fails what was on the wire as sent and what waited as not sent', async () => {
    const line = await new ScriptedLine().start()
    const [sent, waiting] = [new Asked(1, two, 1000), new Asked(1, two, 1000)]
    line.client.send(sent)
    line.client.send(waiting)
    await settle()
    await line.breakOff()
    expect(sent.failures).toEqual([{ kind: 'disconnected', sent: true, message: 'ECONNRESET' }])
    expect(waiting.failures).toEqual([{ kind: 'disconnected', sent: false, message: 'ECONNRESET' }])
    const after = await line.ask(two)
    expect(after.failures).toEqual([{ kind: 'disconnected', sent: false, message: 'ECONNRESET' }])
  })

  test('comes back after any break, and transaction ids go on where they were', async () => {
    const line = await new ScriptedLine().start()
    await line.ask(two)
    const before = line.transaction(0)
    await line.breakOff()
    await line.advance(500)
    expect(line.client.state.kind).toBe('open')
    const asked = await line.ask(two)
    expect(line.transaction(0)).toBe(before + 1)
    await line.receive(tcpReply(before, 1, answerToTwo))
    expect(asked.answers).toEqual([])
  })

  test('does not use an id again while its late answer may still come', async () => {
    const line = await new ScriptedLine({ mostUnanswered: 100_000 }).start()
    const lost = await line.ask(two, 1, 10)
    const id = line.transaction(0)
    await line.advance(11)
    expect(lost.failures).toHaveLength(1)
    line.client.limitUnit(1, 1)
    let skipped = true
    for (let i = 0; i < 65_600; i++) {
      line.sent.length = 0
      const asked = new Asked(1, two, 1000)
      line.client.send(asked)
      await new Promise<void>((resolve) => process.nextTick(resolve))
      const transaction = line.transaction(0)
      if (transaction === id) skipped = false
      const reply = tcpReply(transaction, 1, answerToTwo)
      // Synchronous, to be quick: 65,600 exchanges are a full turn of the ids.
      void line.receive(reply)
      if (asked.answers.length !== 1) throw new Error(`no answer in round ${i}`)
    }
    expect(skipped).toBe(true)
  })

  test('a request taken back before it was sent is never sent', async () => {
    const line = await new ScriptedLine().start()
    const [first, second] = [new Asked(1, two, 1000), new Asked(1, three, 1000)]
    line.client.send(first)
    line.client.send(second)
    await settle()
    expect(line.client.cancel(second)).toBe(true)
    expect(line.client.cancel(first)).toBe(false)
    await line.receive(tcpReply(line.transaction(0), 1, answerToTwo))
    expect(second.failures).toEqual([{ kind: 'cancelled', sent: false }])
    expect(line.sent).toHaveLength(1)
  })

  test('whoever fails over an answer does not take the connection or the others with it', async () => {
    const line = await new ScriptedLine().start()
    line.client.limitUnit(1, 2)
    const broken = new Asked(1, two, 1000)
    broken.answered = () => {
      throw new Error('defect')
    }
    line.client.send(broken)
    const other = await line.ask(two)
    await line.receive(tcpReply(line.transaction(0), 1, answerToTwo), tcpReply(line.transaction(1), 1, answerToTwo))
    expect(other.answers).toHaveLength(1)
    expect(line.client.state.kind).toBe('open')
  })

  test('closing it from within an answer leaves nothing behind for the next connection', async () => {
    const line = await new ScriptedLine().start()
    const asked = new Asked(1, two, 1000)
    asked.answered = () => line.client.close()
    line.client.send(asked)
    await settle()
    const transaction = line.transaction(0)
    await line.receive(Buffer.concat([tcpReply(transaction, 1, answerToTwo), tcpReply(transaction, 1, answerToTwo)]))
    line.client.start()
    await settle()
    const next = await line.ask(two)
    await line.receive(tcpReply(line.transaction(0), 1, answerToTwo))
    expect(next.answers).toHaveLength(1)
  })
})
