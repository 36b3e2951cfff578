import type { Clock, Logger, Result } from '#kernel'
import type { ConnectionStatus, ReadingBatch, TagId, ThingDefinition, Value } from '#model'

/** Columns of readings as a driver hands them over; the sink adds source, sequence and time of arrival. */
export type DriverReadings = Omit<ReadingBatch, 'source' | 'sequence' | 'arrivedAt'> & {
  /** µs; when the last byte of the answer came in. */
  readonly arrivedAt: number
}

/** Where a session delivers. Everything is handed in, so that a driver knows nothing of the rest of the product. */
export interface DriverSink {
  /**
   * Takes readings; resolves when they are on disk or given up (then counted and reported by the sink). A subscription
   * protocol that can hold back its peer waits for it; a polled one need not.
   */
  readings(readings: DriverReadings): Promise<void>
  /** The state, error or address of the connection changed. Counters alone are read through `status()`. */
  changed(status: ConnectionStatus): void
}

export interface SessionContext {
  readonly clock: Clock
  readonly log: Logger
  readonly sink: DriverSink
  /** Ids of the tags of `thing.properties`, in the same order. */
  readonly tags: readonly TagId[]
}

/**
 * What became of a write on the wire. `unknown`: it was sent and no answer that can be believed came back.
 */
export type WriteResult =
  | { readonly outcome: 'written' }
  | { readonly outcome: 'failed'; readonly message: string }
  | { readonly outcome: 'unknown'; readonly message: string }

/** A living connection to one thing. Polled and subscribed protocols look the same from here. */
export interface DeviceSession {
  /** Begins to connect and deliver; returns at once, failures show in `status()`. */
  start(): void
  /** Ends everything; after it resolves the sink is not called any more. */
  stop(): Promise<void>
  /** Reads one property from the machine now, beside the usual rhythm. */
  read(property: string): Promise<Result<Value>>
  /** Writes one property, exactly once. Limits, rights, read-back and audit are the caller's business. */
  write(property: string, value: Value): Promise<WriteResult>
  status(): ConnectionStatus
}

/** One protocol. Registered in `instance/`; nothing else knows which ones there are. */
export interface Driver {
  /** The word in `connection.protocol`, such as `modbus`. */
  readonly protocol: string
  /**
   * Checks `connection` and every `address` of the definition and fills in defaults. Failures have code
   * `IW_CONNECT_INVALID_THING` and name the path, such as `properties.3.address.table`.
   */
  check(definition: ThingDefinition): Result<ThingDefinition>
  /** Makes a session for a checked definition. Nothing is opened before `start()`. */
  open(definition: ThingDefinition, context: SessionContext): DeviceSession
  /** Ends what the driver shares between sessions (gateways, serial lines). */
  close(): Promise<void>
}
