import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readOut } from '../../../src/http/read-out.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { startSurface } from './surface.ts'

describe('a body that is too large', () => {
  it.each([
    ['announced', 'content-length: 2000000', 'x'.repeat(2_000_000)],
    ['not announced', 'transfer-encoding: chunked', `${'1e8480\r\n'}${'x'.repeat(2_000_000)}\r\n0\r\n\r\n`],
  ])('%s: is read to its end before it is refused, so that its sender hears why', async (_, header, body) => {
    const { port, ask } = await startSurface({ maxBodyBytes: 1_000_000 })
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      heard += text
    })
    const most = 1_500_000
    socket.write(`POST /write HTTP/1.1\r\nhost: localhost:${port}\r\nconnection: close\r\n${header}\r\n\r\n`)
    await new Promise((sent) => socket.write(body.slice(0, most), sent))
    // An answer to what was sent before would be here by now.
    for (let times = 0; times < 5; times++) expect((await ask('GET', '/api/v1/system')).status).toBe(200)
    expect(heard).toBe('')
    socket.write(body.slice(most))
    await once(socket, 'close')
    expect(heard).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('is cut off when it does not end in time, and when its sender is gone', async () => {
    const clock = new ManualClock()
    const endless = Object.assign(new PassThrough(), { complete: false })
    const out = readOut(endless as unknown as IncomingMessage, clock)
    endless.write('x')
    clock.advance(10_000)
    await out
    const gone = Object.assign(new PassThrough(), { complete: false })
    const outOfIt = readOut(gone as unknown as IncomingMessage, clock)
    gone.destroy()
    await outOfIt
    expect([endless.listenerCount('data'), gone.listenerCount('data')]).toEqual([0, 0])
  })
})
