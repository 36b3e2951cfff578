import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { encodeRequest, expectReply, Fn, judgeReply, type ModbusRequest } from '#modbus'
import { mbapBytes, mbapFrameLength, transactionOf } from '../../../src/modbus/mbap.ts'
import { decodeRequest } from '../../../src/modbus/request-decoder.ts'

const vectors = process.env['IW_VECTORS'] ?? join(import.meta.dirname, '../../../../shared/vectors')
const capture = join(vectors, 'field/pcap/modbus_example.pcap')
const isHere = existsSync(capture)
if (!isHere) console.log('SKIPPED: the Modbus capture is not here (IW_VECTORS names the folder of vectors)')

describe.skipIf(!isHere)('a capture of foreign devices', () => {
  test('every request decodes and encodes to the same bytes, every reply is the answer to its request', () => {
    const asked = new Map<string, { request: ModbusRequest; pdu: Uint8Array }>()
    const counts = { requests: 0, answers: 0, exceptions: 0, refused: 0, unmatched: 0 }
    for (const { from, to, port, payload } of tcpPayloads(readFileSync(capture)))
      for (const frame of frames(payload)) {
        const id = transactionOf(frame, 0)
        const pdu = frame.subarray(mbapBytes)
        if (port.to === 502) {
          const request = tryDecode(pdu)
          if (!request) {
            counts.refused++
            expect(Object.values<number>(Fn)).not.toContain(pdu[0])
          } else {
            counts.requests++
            expect(Buffer.from(encodeRequest(request))).toEqual(Buffer.from(pdu))
            asked.set(`${from}:${port.from} ${id}`, { request, pdu })
          }
        } else if (port.from === 502) {
          const question = asked.get(`${to}:${port.to} ${id}`)
          if (!question) counts.unmatched++
          else {
            const verdict = judgeReply(expectReply(question.request, question.pdu), pdu, 0, pdu.length)
            expect(['answer', 'exception']).toContain(verdict)
            if (verdict === 'answer') counts.answers++
            else counts.exceptions++
          }
        }
      }
    console.log(`capture: ${JSON.stringify(counts)}`)
    expect(counts.answers).toBeGreaterThan(0)
  })
})

function tryDecode(pdu: Uint8Array): ModbusRequest | undefined {
  try {
    return decodeRequest(pdu)
  } catch {
    return undefined
  }
}

function* frames(payload: Buffer): Generator<Buffer> {
  let at = 0
  for (;;) {
    const length = mbapFrameLength(payload, at, payload.length)
    if (length === undefined || length === -1 || at + length > payload.length) return
    yield payload.subarray(at, at + length)
    at += length
  }
}

interface Segment {
  readonly from: string
  readonly to: string
  readonly port: { readonly from: number; readonly to: number }
  readonly payload: Buffer
}

/** TCP segments with data of a classic pcap file with Ethernet frames and IPv4, in either byte order. */
function* tcpPayloads(file: Buffer): Generator<Segment> {
  const little = file.readUInt32LE(0) === 0xa1b2c3d4 || file.readUInt32LE(0) === 0xa1b23c4d
  for (let at = 24; at + 16 <= file.length; ) {
    const length = little ? file.readUInt32LE(at + 8) : file.readUInt32BE(at + 8)
    const frame = file.subarray(at + 16, at + 16 + length)
    at += 16 + length
    const isTcp = frame.length > 34 && frame.readUInt16BE(12) === 0x0800 && frame[23] === 6
    if (!isTcp) continue
    const ip = frame.subarray(14, 14 + frame.readUInt16BE(16))
    const tcp = ip.subarray((ip[0]! & 0xf) * 4)
    const payload = tcp.subarray((tcp[12]! >> 4) * 4)
    if (payload.length === 0) continue
    const port = { from: tcp.readUInt16BE(0), to: tcp.readUInt16BE(2) }
    yield { from: ip.subarray(12, 16).join('.'), to: ip.subarray(16, 20).join('.'), port, payload }
  }
}
