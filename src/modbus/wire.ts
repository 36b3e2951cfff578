import { connect } from 'node:net'
import type { ErrorCode } from '#kernel'

/** An open byte stream to devices. Nothing is called after `close()`. */
export interface Wire {
  /** Hands bytes over; they must not change afterwards. */
  write(bytes: Uint8Array): void
  close(): void
}

export interface WireEvents {
  opened(): void
  /** The bytes are only valid during the call. */
  data(bytes: Uint8Array): void
  /** Called once, also where it could not be opened. */
  closed(reason: string, code: ErrorCode): void
}

/** Begins to open a wire; the events tell what becomes of it. */
export type OpenWire = (events: WireEvents) => Wire

const receiveBytes = 16_384

/** A TCP connection, opened within `connectTimeoutMs`. */
export function tcpWire(host: string, port: number, connectTimeoutMs: number): OpenWire {
  return (events) => {
    let ended = false
    const end = (reason: string) => {
      if (ended) return
      ended = true
      socket.destroy()
      events.closed(reason, 'IW_CONNECT_NO_ANSWER')
    }
    // One buffer for all that comes in: replies are decoded at once, so nothing is allocated per reply.
    const onread = {
      buffer: Buffer.allocUnsafeSlow(receiveBytes),
      callback: (count: number, buffer: Uint8Array) => {
        if (!ended) events.data(buffer.subarray(0, count))
        return true
      },
    }
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000, onread })
    socket.setTimeout(connectTimeoutMs, () => end(`no connection to ${host}:${port} within ${connectTimeoutMs} ms`))
    socket.on('connect', () => {
      socket.setTimeout(0)
      if (!ended) events.opened()
    })
    socket.on('error', (error) => end(error.message))
    socket.on('end', () => end('closed by the device'))
    socket.on('close', () => end('closed'))
    return {
      write: (bytes) => void socket.write(bytes),
      close: () => {
        ended = true
        socket.destroy()
      },
    }
  }
}
