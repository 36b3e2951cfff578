import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ModbusServer, type ModbusTransport } from '#modbus'
import { type Cases, NotRun, type Peer } from '../peer.ts'
import { compile, need, run, start } from '../programs.ts'
import { askDriver } from './ask-driver.ts'
import { askServer, withClient } from './ask-server.ts'
import { beAskedBy } from './be-asked.ts'
import { libmodbusVersion } from './libmodbus.ts'
import { reference, referenceDevice } from './reference.ts'

const folder = import.meta.dirname

/**
 * RTU over a serial line: a pair of pseudo-terminals by socat. Our serial transport asks libmodbus; the RTU client of
 * libmodbus asks our RTU-over-TCP server through a line that socat leads to its port.
 */
export const peer: Peer = {
  name: 'libmodbus-rtu',
  area: 'modbus',
  async run(cases) {
    const socat = await need('socat', 'socat')
    const { stdout } = await run(socat, ['-V'])
    cases.version = `${await libmodbusVersion()}, socat ${/version (\S+)/.exec(stdout)?.[1] ?? ''}`
    const serverProgram = await compile(`${folder}/libmodbus-server.c`, 'modbus')
    const clientProgram = await compile(`${folder}/libmodbus-client.c`, 'modbus')
    const lines = mkdtempSync(join(tmpdir(), 'interwork-line-'))
    try {
      await askOverLine(cases, { socat, program: serverProgram, near: join(lines, 'near'), far: join(lines, 'far') })
      await beAskedOverLine(cases, { socat, program: clientProgram, line: join(lines, 'line') })
    } finally {
      rmSync(lines, { recursive: true, force: true })
    }
  },
}

interface Line {
  readonly socat: string
  readonly program: string
  readonly near: string
  readonly far: string
}

async function askOverLine(cases: Cases, { socat, program, near, far }: Line): Promise<void> {
  if (!(await hasSerialport())) throw new NotRun('the optional package serialport is not installed')
  const pty = (link: string) => `pty,raw,echo=0,link=${link}`
  const pair = await start(socat, ['-d', '-d', pty(near), pty(far)], 'starting data transfer loop')
  try {
    const server = await start(program, ['rtu', far], 'ready')
    try {
      const settings = { path: near, baudRate: 115_200, parity: 'none', dataBits: 8, stopBits: 1 } as const
      const transport: ModbusTransport = { kind: 'rtu', ...settings }
      await withClient(transport, (client) => askServer(cases, client, 'serial, '))
      await askDriver(cases, { transport: 'rtu', ...settings })
    } finally {
      await server.stop()
    }
  } finally {
    await pair.stop()
  }
}

async function hasSerialport(): Promise<boolean> {
  const name: string = 'serialport'
  return import(name).then(
    () => true,
    () => false,
  )
}

async function beAskedOverLine(
  cases: Cases,
  { socat, program, line }: { readonly socat: string; readonly program: string; readonly line: string },
): Promise<void> {
  const device = referenceDevice()
  const server = new ModbusServer({ device: (id) => (id === reference.unit ? device : undefined), framing: 'rtu' })
  const { port } = await server.listen(0)
  const bridge = await start(
    socat,
    ['-d', '-d', `pty,raw,echo=0,link=${line}`, `tcp:127.0.0.1:${port}`],
    'starting data transfer loop',
  )
  try {
    await beAskedBy(cases, [program, 'rtu', line, String(reference.unit)], 'its RTU client, ')
  } finally {
    await bridge.stop()
    await server.close()
  }
}
