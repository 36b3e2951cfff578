import {
  type Bus,
  type Clock,
  delay,
  type ErrorCode,
  type Failure,
  failure,
  IwError,
  type Logger,
  type Result,
} from '#kernel'
import type { CommandRecord, PlantEvents, Principal, Thing, Value } from '#model'
import type { Authorizer, Database, DeviceSession, WriteResult } from '#ports'
import type { EventLog } from '../events/event-log.ts'
import { sequentialIds } from '../sequential-ids.ts'
import { type Attempt, firstRefusal, propertyKey } from './checks.ts'
import { Permits, WriteRates } from './rate.ts'
import { CommandStore } from './store.ts'
import { isKept, isStepPermitted, shownValue, typedValue } from './value.ts'

export interface Wish {
  readonly thing: string
  readonly property: string
  readonly value: Value
  readonly reason?: string
}

/** Writes to machines: refused by default, sent once, read back, on record. */
export interface Commands {
  /**
   * Resolves with the record of what became of the wish; a refusal too is a record. Throws `IW_CONNECT_UNKNOWN_THING` and
   * `_PROPERTY`, and what the database throws, when nothing was sent.
   */
  write(principal: Principal, wish: Wish): Promise<CommandRecord>
  get(id: string): Promise<CommandRecord | undefined>
  /** Newest first; `before` is the id of a record. */
  list(query: { thing?: string; limit: number; before?: string }): Promise<readonly CommandRecord[]>
}

export interface CommandsOptions {
  readonly thing: (id: string) => Thing | undefined
  readonly session: (id: string) => DeviceSession | undefined
  readonly authorizer: Authorizer
  readonly database: Database
  readonly events: EventLog
  readonly bus: Bus<PlantEvents>
  readonly clock: Clock
  readonly log: Logger
  readonly keepRefused: number
}

/** Recorded refusals: a burst of 20, then one a second; a flood of wishes must not fill the database. */
const recordedRefusals = { size: 20, perSecond: 1 }
const refusalsBetweenPrunings = 500
const longestReason = 500
const settleWithinMs = 5_000

export class GuardedCommands implements Commands {
  readonly #options: CommandsOptions
  readonly #store: CommandStore
  readonly #nextId: () => string
  readonly #rates: WriteRates
  readonly #refusals: Permits
  readonly #busy = new Set<string>()
  readonly #running = new Set<Promise<unknown>>()
  #refusalsSincePruning = 0

  constructor(options: CommandsOptions) {
    this.#options = options
    this.#store = new CommandStore(options.database)
    this.#nextId = sequentialIds(options.clock)
    this.#rates = new WriteRates(options.clock)
    this.#refusals = new Permits(options.clock, recordedRefusals.size, recordedRefusals.perSecond)
  }

  /** What was under way when the process ended: nobody knows whether it took effect. Writes of the last minute still count. */
  async recover(): Promise<void> {
    for (const record of await this.#store.pending()) {
      const message = 'Interwork ended while the write was under way'
      await this.#finish(record, { outcome: 'unknown', code: 'IW_COMMAND_UNKNOWN_OUTCOME', message })
    }
    const now = this.#options.clock.now()
    for (const { thing, property, requestedAt, outcome } of await this.#store.list({ limit: 1000 })) {
      const agoMs = Math.max(0, (now - requestedAt) / 1000)
      if (outcome !== 'refused') this.#rates.sent(propertyKey(thing, property), agoMs)
    }
  }

  async write(principal: Principal, wish: Wish): Promise<CommandRecord> {
    const { thing, property } = this.#find(wish)
    const typed = typedValue(property, wish.value)
    const attempt: Attempt = {
      principal,
      thing,
      property,
      typed,
      value: typed.ok ? typed.value : wish.value,
      session: this.#options.session(thing.id),
      authorizer: this.#options.authorizer,
      rates: this.#rates,
      busy: this.#busy,
    }
    const record = this.#newRecord(attempt, wish.reason)
    const refusal = firstRefusal(attempt)
    if (refusal) return this.#refuse(record, refusal)
    return this.#alone(attempt, () => this.#carryOut(attempt, record))
  }

  async get(id: string): Promise<CommandRecord | undefined> {
    return this.#store.get(id)
  }

  async list(query: { thing?: string; limit: number; before?: string }): Promise<readonly CommandRecord[]> {
    return this.#store.list(query)
  }

  /**
   * Resolves when nothing is under way any more, or after 5 s: a write that a driver does not end stays pending on record,
   * and is unknown after the next start.
   */
  async settled(): Promise<void> {
    const { clock } = this.#options
    await Promise.race([Promise.allSettled(this.#running), delay(clock, settleWithinMs)])
  }

  #find(wish: Wish) {
    const thing = this.#options.thing(wish.thing)
    if (!thing) throw new IwError('IW_CONNECT_UNKNOWN_THING', `There is no thing "${wish.thing}"`)
    const property = thing.properties.find(({ name }) => name === wish.property)
    if (!property) throw new IwError('IW_CONNECT_UNKNOWN_PROPERTY', `${wish.thing} has no property "${wish.property}"`)
    return { thing, property }
  }

  #newRecord({ principal, thing, property, value }: Attempt, reason: string | undefined): CommandRecord {
    return {
      id: this.#nextId(),
      thing: thing.id,
      property: property.name,
      value,
      principal: principal.id,
      ...(reason !== undefined && { reason: reason.slice(0, longestReason) }),
      requestedAt: this.#options.clock.now(),
      outcome: 'pending',
    }
  }

  async #alone(attempt: Attempt, run: () => Promise<CommandRecord>): Promise<CommandRecord> {
    const key = propertyKey(attempt.thing.id, attempt.property.name)
    this.#busy.add(key)
    const running = run().finally(() => {
      this.#busy.delete(key)
      this.#running.delete(running)
    })
    this.#running.add(running)
    return running
  }

  /** The record is on disk before the wire is touched, so that no write can happen that nobody knows of. */
  async #carryOut(attempt: Attempt, begun: CommandRecord): Promise<CommandRecord> {
    await this.#store.insert(begun)
    const { property, value, thing } = attempt
    const session = attempt.session!
    const before = await readNow(session, property.name)
    const unfit = this.#unfitToWrite(attempt, before)
    if (unfit) return this.#finish(begun, { outcome: 'refused', code: unfit.code, message: unfit.message })
    const record = before.ok ? { ...begun, previous: before.value } : begun
    if (before.ok) await this.#store.update(record)
    this.#rates.sent(propertyKey(thing.id, property.name))
    const result = await writeOnce(session, property.name, value)
    if (result.outcome === 'failed')
      return this.#finish(record, { outcome: 'failed', code: 'IW_CONNECT_DEVICE_ERROR', message: result.message })
    const { readBackMs } = property.write!
    if (readBackMs > 0) await delay(this.#options.clock, readBackMs)
    const after = await readNow(session, property.name)
    return this.#finish(record, verdict(attempt, result, after))
  }

  /** The limits that need the present value of the machine itself, not one that may be old. */
  #unfitToWrite({ property, value }: Attempt, before: Result<Value>): Failure | undefined {
    const maxStep = property.write!.maxStep
    if (!before.ok) {
      const writeOnly = before.code === 'IW_CONNECT_DEVICE_ERROR' && maxStep === undefined
      return writeOnly
        ? undefined
        : failure(before.code, `Not sent: its present value cannot be read: ${before.message}`)
    }
    if (maxStep === undefined || isStepPermitted(before.value, value, maxStep)) return undefined
    return failure(
      'IW_COMMAND_STEP',
      `From ${shownValue(before.value)} to ${shownValue(value)} is more than the step of ${maxStep} permitted`,
    )
  }

  async #refuse(record: CommandRecord, { code, message }: Failure): Promise<CommandRecord> {
    const refused: CommandRecord = {
      ...record,
      outcome: 'refused',
      code,
      message,
      finishedAt: this.#options.clock.now(),
    }
    this.#options.log.info({ thing: record.thing, property: record.property, code }, 'write refused')
    if (this.#refusals.take()) {
      await this.#store.insert(refused)
      this.#options.bus.emit('command.finished', refused)
      await this.#pruneRefused()
    }
    return refused
  }

  async #pruneRefused(): Promise<void> {
    if (this.#refusalsSincePruning++ % refusalsBetweenPrunings !== 0) return
    await this.#store.pruneRefused(this.#options.keepRefused)
  }

  async #finish(record: CommandRecord, end: Verdict): Promise<CommandRecord> {
    const finished: CommandRecord = { ...record, ...end, finishedAt: this.#options.clock.now() }
    try {
      await this.#store.update(finished)
    } catch (error) {
      // What was done is done: say what became of it. On disk it stays pending, and unknown after a restart.
      this.#options.log.error({ command: record.id, error }, 'the outcome of a write could not be stored')
    }
    this.#options.bus.emit('command.finished', finished)
    if (finished.outcome !== 'refused') this.#event(finished)
    return finished
  }

  #event({ thing, property, value, previous, outcome, code, principal, finishedAt }: CommandRecord): void {
    this.#options.events.record({
      kind: outcome === 'done' ? 'command.done' : 'command.failed',
      at: finishedAt!,
      thing,
      detail: {
        property,
        value: forPeople(value),
        ...(previous !== undefined && { previous: forPeople(previous) }),
        outcome,
        ...(code && { code }),
        principal,
      },
    })
  }
}

interface Verdict {
  readonly outcome: 'done' | 'refused' | 'failed' | 'unknown'
  readonly code?: ErrorCode
  readonly message?: string
  readonly readBack?: Value
}

/** What is known after writing and reading back. Without an answer that can be believed it stays unknown. */
function verdict({ property, value }: Attempt, result: WriteResult, after: Result<Value>): Verdict {
  const readBack = after.ok ? { readBack: after.value } : {}
  const now = after.ok ? `it now reads ${shownValue(after.value)}` : `reading it back failed: ${after.message}`
  const code = 'IW_COMMAND_UNKNOWN_OUTCOME'
  if (result.outcome === 'unknown')
    return { outcome: 'unknown', code, message: `${result.message}; ${now}`, ...readBack }
  if (!after.ok) return { outcome: 'unknown', code, message: `The machine took the write, but ${now}` }
  if (isKept(property, value, after.value)) return { outcome: 'done', ...readBack }
  const message = `${shownValue(value)} was written, but ${now}`
  return { outcome: 'failed', code: 'IW_COMMAND_READ_BACK', message, ...readBack }
}

async function readNow(session: DeviceSession, property: string): Promise<Result<Value>> {
  try {
    return await session.read(property)
  } catch (error) {
    return failure('IW_KERNEL_BUG', `The driver failed: ${String(error)}`)
  }
}

/** A driver that throws may have sent it: the outcome is unknown, and nothing is sent again. */
async function writeOnce(session: DeviceSession, property: string, value: Value): Promise<WriteResult> {
  try {
    return await session.write(property, value)
  } catch (error) {
    return { outcome: 'unknown', message: `The driver failed: ${String(error)}` }
  }
}

const forPeople = (value: Value): string | number => (typeof value === 'number' ? value : String(value).slice(0, 100))
