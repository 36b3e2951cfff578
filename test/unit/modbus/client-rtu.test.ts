import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameRtu } from '../../../src/modbus/crc16.ts'
import { bytes, hex, rtuReply, ScriptedLine } from './scripted-line.ts'

const two = { function: 3, address: 0, count: 2 } as const
const answerToTwo = '03 04 0001 0002'
const other = '03 04 0008 0009'

describe('a client on a serial line', () => {
  test('frames a request with unit and CRC, low byte first', async () => {
    // The CRC of 02 07 is 41 12 (Serial Line V1.02, appendix B).
    expect(hex(frameRtu(2, bytes('07')))).toBe('02074112')
    const line = await new ScriptedLine({ kind: 'rtu' }).start()
    await line.ask(two)
    expect(hex(line.sent[0]!)).toBe('010300000002c40b')
  })

  test('takes the answer in any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(9), { maxLength: 4 }), async (cuts) => {
        const line = await new ScriptedLine({ kind: 'rtu' }).start()
        const asked = await line.ask(two)
        const reply = rtuReply(1, answerToTwo)
        const at = [0, ...cuts.toSorted((a, b) => a - b), reply.length]
        await line.receive(...at.slice(1).map((end, i) => reply.subarray(at[i], end)))
        expect(asked.answers).toEqual(['030400010002'])
        line.client.close()
      }),
      { numRuns: 50 },
    )
  })

  test('finds the answer behind garbage, and counts the garbage', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 30 }), async (garbage) => {
        const line = await new ScriptedLine({ kind: 'rtu' }).start()
        const asked = await line.ask(two)
        await line.receive(garbage, rtuReply(1, answerToTwo))
        expect(asked.answers).toEqual(['030400010002'])
        line.client.close()
      }),
    )
  })

  test.each([
    ['a wrong CRC', Uint8Array.of(...rtuReply(1, answerToTwo).slice(0, -1), 0), 'garbage'],
    ['another unit', rtuReply(2, answerToTwo), 'foreign-unit'],
    ['another function', rtuReply(1, '04 04 0001 0002'), 'wrong-function'],
    ['more registers', rtuReply(1, '03 06 0001 0002 0003'), 'wrong-length'],
  ] as const)('does not believe a reply of %s', async (_, reply, kind) => {
    const line = await new ScriptedLine({ kind: 'rtu' }).start()
    const asked = await line.ask(two)
    await line.receive(reply)
    await line.advance(1001)
    expect(asked.answers).toEqual([])
    expect(asked.failures).toEqual([{ kind: 'timeout', sent: true }])
    expect(line.client.counters.discarded[kind]).toBe(1)
  })

  test('keeps silent after a time-out, so that the late answer cannot pass for the next', async () => {
    const line = await new ScriptedLine({ kind: 'rtu' }).start()
    const late = await line.ask(two)
    await line.advance(1001)
    expect(late.failures).toHaveLength(1)
    const next = await line.ask(two)
    expect(line.sent).toHaveLength(1)
    await line.advance(400)
    await line.receive(rtuReply(1, answerToTwo))
    expect(next.answers).toEqual([])
    expect(line.client.counters.discarded.late).toBe(1)
    await line.advance(601)
    expect(line.sent).toHaveLength(2)
    await line.receive(rtuReply(1, other))
    expect(next.answers).toEqual(['030400080009'])
  })

  test('leaves the line alone for a while after a second answer', async () => {
    const line = await new ScriptedLine({ kind: 'rtu' }).start()
    const asked = await line.ask(two)
    await line.receive(Buffer.concat([rtuReply(1, answerToTwo), rtuReply(1, answerToTwo)]))
    expect(asked.answers).toHaveLength(1)
    await line.ask(two)
    expect(line.sent).toHaveLength(1)
    await line.advance(80)
    expect(line.sent).toHaveLength(2)
  })

  test('keeps the silence between frames that the baud rate asks for', async () => {
    const line = await new ScriptedLine({ kind: 'rtu' }).start()
    await line.ask(two)
    await line.receive(rtuReply(1, answerToTwo))
    await line.ask(two)
    expect(line.sent).toHaveLength(1)
    await line.advance(3)
    expect(line.sent).toHaveLength(2)
  })

  test('random bytes never become an answer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 }), async (chunks) => {
        const line = await new ScriptedLine({ kind: 'rtu' }).start()
        const asked = await line.ask({ function: 3, address: 0, count: 100 })
        await line.receive(...chunks)
        expect(asked.answers).toEqual([])
        line.client.close()
      }),
    )
  })
})

describe('a client of RTU over TCP', () => {
  test('leaves the connection at a time-out, and others behind it go on waiting for the new one', async () => {
    const line = await new ScriptedLine({ kind: 'rtu-over-tcp' }).start()
    const dead = await line.ask(two, 9)
    const healthy = await line.ask(two, 1)
    await line.advance(1001)
    expect(dead.failures).toEqual([{ kind: 'timeout', sent: true }])
    expect([line.opened, line.closedByClient]).toEqual([2, 1])
    expect(line.client.state.kind).toBe('open')
    // A serial device server may bring the late answer on the new connection.
    await line.receive(rtuReply(9, answerToTwo))
    await line.advance(1001)
    await line.receive(rtuReply(1, other))
    expect(healthy.answers).toEqual(['030400080009'])
    expect(healthy.failures).toEqual([])
  })

  test('takes a line on which nobody answers for dead', async () => {
    const line = await new ScriptedLine({ kind: 'rtu-over-tcp' }).start()
    const reasons: string[] = []
    line.client.watch((state) => state.kind === 'waiting' && reasons.push(state.reason))
    for (let i = 0; i < 3; i++) {
      expect(reasons).toEqual([])
      await line.ask(two)
      await line.advance(2002)
    }
    expect(reasons).toEqual(['no answer in time'])
  })
})
