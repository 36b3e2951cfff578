import { match } from 'node:assert/strict'
import { ModbusServer, readServerId } from '#modbus'
import type { Cases, Peer } from '../peer.ts'
import { compile, freePort, run, start } from '../programs.ts'
import { askDriver } from './ask-driver.ts'
import { askAtOnce, askServer, withClient } from './ask-server.ts'
import { beAskedBy } from './be-asked.ts'
import { reference, referenceDevice } from './reference.ts'

const { unit } = reference
const folder = import.meta.dirname

/** libmodbus over TCP, both ways: its server answers our client and driver, its client asks our server. */
export const peer: Peer = {
  name: 'libmodbus',
  area: 'modbus',
  async run(cases) {
    cases.version = await libmodbusVersion()
    const server = await compile(`${folder}/libmodbus-server.c`, 'modbus')
    const client = await compile(`${folder}/libmodbus-client.c`, 'modbus')
    await askTheirServer(cases, server)
    await beAsked(cases, client)
  },
}

export async function libmodbusVersion(): Promise<string> {
  const { stdout } = await run('/bin/sh', ['-c', 'dpkg-query -W libmodbus5 2>/dev/null'])
  return `libmodbus ${stdout.trim().split('	')[1] ?? 'of this system'}`
}

async function askTheirServer(cases: Cases, program: string): Promise<void> {
  const port = await freePort()
  const server = await start(program, ['tcp', String(port)], 'ready')
  try {
    await withClient({ kind: 'tcp', host: '127.0.0.1', port }, async (client) => {
      await askServer(cases, client)
      await cases.check('function 17, report server id', async () =>
        match(Buffer.from(await readServerId(client, unit)).toString('latin1'), /LMB3\.\d/),
      )
      await askAtOnce(cases, client, { reads: 2000, inFlight: 8 })
    })
    await askDriver(cases, { transport: 'tcp', host: '127.0.0.1', port })
  } finally {
    await server.stop()
  }
}

async function beAsked(cases: Cases, program: string): Promise<void> {
  const server = new ModbusServer({ device: (id) => (id === unit ? device : undefined) })
  const device = referenceDevice()
  const { port } = await server.listen(0)
  try {
    await beAskedBy(cases, [program, 'tcp', String(port), String(unit)], 'its client, ')
  } finally {
    await server.close()
  }
}
