import type { LiveFormat } from './messages.ts'

/** One open stream as the hub sees it, whatever carries it. */
export interface LiveClient {
  readonly format: LiveFormat
  /** Bytes handed over and not yet taken by the network. */
  readonly buffered: number
  send(frame: Buffer): void
  /** Says that we are here; called when nothing else was sent for a while. */
  heartbeat(): void
  /** Ends the stream; the client may come again. */
  close(): void
}
