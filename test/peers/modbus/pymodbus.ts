import { deepEqual } from 'node:assert/strict'
import { ModbusServer, readIdentification, readServerId } from '#modbus'
import type { Cases, Peer } from '../peer.ts'
import { freePort, python, start } from '../programs.ts'
import { askDriver } from './ask-driver.ts'
import { askAtOnce, askServer, withClient } from './ask-server.ts'
import { beAskedBy } from './be-asked.ts'
import { nameplate, reference, referenceDevice } from './reference.ts'

const { unit } = reference
const folder = import.meta.dirname
const version = '3.16.1'

/** pymodbus, both ways, over TCP and with RTU frames over TCP. */
export const peer: Peer = {
  name: 'pymodbus',
  area: 'modbus',
  async run(cases) {
    cases.version = `pymodbus ${version}`
    const interpreter = await python('pymodbus', version)
    for (const framing of ['tcp', 'rtu'] as const) {
      await askTheirServer(cases, interpreter, framing)
      await beAsked(cases, interpreter, framing)
    }
  },
}

async function askTheirServer(cases: Cases, interpreter: string, framing: 'tcp' | 'rtu'): Promise<void> {
  const port = await freePort()
  const server = await start(interpreter, [`${folder}/pymodbus_server.py`, framing, String(port)], 'ready')
  const transport = framing === 'tcp' ? 'tcp' : 'rtu-over-tcp'
  const prefix = framing === 'tcp' ? '' : 'RTU over TCP, '
  try {
    await withClient({ kind: transport, host: '127.0.0.1', port }, async (client) => {
      await askServer(cases, client, prefix)
      await cases.check(`${prefix}function 43/14, regular`, async () => {
        const objects = await readIdentification(client, unit, 2)
        const expected = Object.entries(nameplate).filter(([id]) => Number(id) < 6)
        deepEqual(
          [...objects].filter(([id]) => id < 6),
          expected.map(([id, text]) => [Number(id), text]),
        )
      })
      await cases.check(`${prefix}function 17, report server id`, async () => {
        const bytes = await readServerId(client, unit)
        return `${bytes.length} bytes: ${Buffer.from(bytes)
          .toString('latin1')
          .replaceAll(/[^ -~]/g, '.')}`
      })
      // One at a time: of several requests in one packet this server answers only the first, and is not alone in that.
      if (framing === 'tcp') await askAtOnce(cases, client, { reads: 1000, inFlight: 1 })
    })
    await askDriver(cases, { transport, host: '127.0.0.1', port })
  } finally {
    await server.stop()
  }
}

async function beAsked(cases: Cases, interpreter: string, framing: 'tcp' | 'rtu'): Promise<void> {
  const device = referenceDevice()
  const server = new ModbusServer({ device: (id) => (id === unit ? device : undefined), framing })
  const { port } = await server.listen(0)
  const prefix = framing === 'tcp' ? 'its client, ' : 'its client, RTU over TCP, '
  try {
    const command = [interpreter, `${folder}/pymodbus_client.py`, framing, String(port), String(unit)] as const
    await beAskedBy(cases, command, prefix, { identification: true })
  } finally {
    await server.close()
  }
}
