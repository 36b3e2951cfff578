import { type ErrorCode, IwError, isIwError } from '#kernel'
import type { OpenWire, WireEvents } from './wire.ts'

/** A serial line (Serial Line V1.02 §3.3: default 19200 baud, even parity, one stop bit). */
export interface SerialSettings {
  readonly path: string
  readonly baudRate: number
  readonly parity: 'none' | 'even' | 'odd'
  readonly dataBits: 7 | 8
  readonly stopBits: 1 | 2
}

/** What we use of the `serialport` package, which is optional and loaded when the first serial line is opened. */
interface SerialPortPackage {
  readonly SerialPort: new (options: SerialSettings & { autoOpen: boolean }) => SerialPortStream
}

interface SerialPortStream {
  readonly isOpen: boolean
  open(done: (error: Error | null) => void): void
  write(bytes: Uint8Array): boolean
  close(done: (error: Error | null) => void): void
  on(event: 'data', listener: (bytes: Uint8Array) => void): void
  on(event: 'close' | 'error', listener: (error?: Error | null) => void): void
}

const packageName: string = 'serialport'

/** Loads the package. Throws `IW_CONNECT_DRIVER_MISSING` where it is not installed. */
async function loadSerialPort(): Promise<SerialPortPackage> {
  try {
    return (await import(packageName)) as SerialPortPackage
  } catch (cause) {
    throw new IwError('IW_CONNECT_DRIVER_MISSING', 'Serial lines need the package serialport: npm install serialport', {
      cause,
    })
  }
}

/**
 * Silence that ends a frame: 3.5 characters of 11 bits, and 1.75 ms for lines faster than 19200 baud
 * (Serial Line V1.02 §2.5.1.1).
 */
export const frameGapMs = ({ baudRate }: { readonly baudRate: number }): number =>
  baudRate > 19_200 ? 1.75 : (3.5 * 11 * 1000) / baudRate

/** A serial line through the `serialport` package. */
export function serialWire(settings: SerialSettings, load = loadSerialPort): OpenWire {
  return (events) => {
    const line = new SerialLine(events)
    load().then(
      ({ SerialPort }) => line.open(new SerialPort({ ...settings, autoOpen: false })),
      (error: unknown) => line.end(messageOf(error), isIwError(error) ? error.code : 'IW_CONNECT_SERIAL_PORT'),
    )
    return line
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

class SerialLine {
  readonly #events: WireEvents
  #port: SerialPortStream | undefined
  #ended = false

  constructor(events: WireEvents) {
    this.#events = events
  }

  open(port: SerialPortStream): void {
    if (this.#ended) return
    this.#port = port
    port.on('data', (bytes) => {
      if (!this.#ended) this.#events.data(bytes)
    })
    port.on('error', (error) => this.end(error?.message ?? 'serial line failed'))
    port.on('close', (error) => this.end(error?.message ?? 'serial line closed'))
    port.open((error) => {
      if (error) this.end(error.message)
      else if (this.#ended) this.#release()
      else this.#events.opened()
    })
  }

  write(bytes: Uint8Array): void {
    this.#port?.write(bytes)
  }

  close(): void {
    this.#ended = true
    this.#release()
  }

  end(reason: string, code: ErrorCode = 'IW_CONNECT_SERIAL_PORT'): void {
    if (this.#ended) return
    this.close()
    this.#events.closed(reason, code)
  }

  #release(): void {
    // An error while closing changes nothing: the line is given up either way.
    if (this.#port?.isOpen) this.#port.close(() => {})
  }
}
