import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { freePorts } from '../../../src/instance/free-ports.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((closed) => server.close(closed))
})

async function occupy(port = 0): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

describe('free ports', () => {
  it('are none in which another program listens, however far down the row', async () => {
    const taken = await occupy()
    const first = taken - 2
    const found = await freePorts({ first, count: 3, step: 3 })
    expect(found).toBeGreaterThan(taken)
    expect((found - first) % 3).toBe(0)
    for (let port = found; port < found + 3; port++) expect(await occupy(port)).toBe(port)
  })

  it('are refused when twenty steps find none', async () => {
    const taken = await occupy()
    // A step of nothing looks twenty times at the same port.
    await expect(freePorts({ first: taken, count: 1, step: 0 })).rejects.toMatchObject({
      code: 'IW_INSTANCE_PORT_TAKEN',
    })
  })
})
