import { describe, expect, test } from 'vitest'
import { IwError } from '#kernel'
import { frameGapMs, serialWire } from '../../../src/modbus/serial-wire.ts'
import type { WireEvents } from '../../../src/modbus/wire.ts'
import { settle } from './scripted-line.ts'

const settings = { path: '/dev/ttyUSB0', baudRate: 9600, parity: 'even', dataBits: 8, stopBits: 1 } as const

/** A port of the `serialport` package, steered by the test. */
function fakePort(openError: Error | null = null) {
  const listeners = new Map<string, (argument?: never) => void>()
  const port = {
    isOpen: false,
    written: [] as Uint8Array[],
    options: undefined as unknown,
    open(done: (error: Error | null) => void) {
      port.isOpen = openError === null
      done(openError)
    },
    write: (bytes: Uint8Array) => port.written.push(bytes) > 0,
    close(done: (error: Error | null) => void) {
      port.isOpen = false
      done(null)
    },
    on: (event: string, listener: (argument?: never) => void) => void listeners.set(event, listener),
  }
  const load = async () => ({
    SerialPort: class {
      constructor(options: unknown) {
        port.options = options
        // biome-ignore lint/correctness/noConstructorReturn: the test holds the one port there is
        return port
      }
    },
  })
  const emit = (event: string, argument?: unknown) => listeners.get(event)?.(argument as never)
  return { port, load: load as never, emit }
}

function events() {
  const seen: string[] = []
  const log: WireEvents = {
    opened: () => seen.push('opened'),
    data: (bytes) => seen.push(`data ${Buffer.from(bytes).toString('hex')}`),
    closed: (reason, code) => seen.push(`closed ${code} ${reason}`),
  }
  return { seen, log }
}

describe('a serial wire', () => {
  test('opens the port with its settings, and carries bytes both ways', async () => {
    const { port, load, emit } = fakePort()
    const { seen, log } = events()
    const wire = serialWire(settings, load)(log)
    await settle()
    wire.write(Uint8Array.of(1))
    emit('data', Buffer.of(0xab))
    expect(port.options).toEqual({ ...settings, autoOpen: false })
    expect(port.written).toEqual([Uint8Array.of(1)])
    expect(seen).toEqual(['opened', 'data ab'])
  })

  test('says why it cannot be opened', async () => {
    const { seen, log } = events()
    serialWire(settings, fakePort(new Error('Permission denied')).load)(log)
    await settle()
    expect(seen).toEqual(['closed IW_CONNECT_SERIAL_PORT Permission denied'])
  })

  test('says that the package is missing', async () => {
    const { seen, log } = events()
    const load = () => Promise.reject(new IwError('IW_CONNECT_DRIVER_MISSING', 'npm install serialport'))
    serialWire(settings, load)(log)
    await settle()
    expect(seen).toEqual(['closed IW_CONNECT_DRIVER_MISSING npm install serialport'])
  })

  test('ends once when the adapter is pulled out, and says nothing after it was closed', async () => {
    const pulled = fakePort()
    const { seen, log } = events()
    serialWire(settings, pulled.load)(log)
    await settle()
    pulled.emit('error', new Error('EIO'))
    pulled.emit('close')
    expect(seen).toEqual(['opened', 'closed IW_CONNECT_SERIAL_PORT EIO'])

    const closed = fakePort()
    const after = events()
    const wire = serialWire(settings, closed.load)(after.log)
    await settle()
    wire.close()
    closed.emit('data', Buffer.of(1))
    closed.emit('close')
    expect(after.seen).toEqual(['opened'])
    expect(closed.port.isOpen).toBe(false)
  })

  test('closed while it was opening lets the port go', async () => {
    const { port, load } = fakePort()
    const { seen, log } = events()
    serialWire(settings, load)(log).close()
    await settle()
    expect(seen).toEqual([])
    expect(port.isOpen).toBe(false)
  })

  test('knows how long the silence between frames is', () => {
    expect(frameGapMs({ baudRate: 9600 })).toBeCloseTo(4.01, 2)
    expect(frameGapMs({ baudRate: 115_200 })).toBe(1.75)
  })
})
