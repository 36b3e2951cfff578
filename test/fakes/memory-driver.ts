import { failure, type Result, success } from '#kernel'
import { BatchBuilder, type ConnectionState, type ThingDefinition, type Value, zeroCounters } from '#model'
import type { DeviceSession, Driver, SessionContext, WriteResult } from '#ports'

/** A machine in memory, steered by a test: it is what the session of `memoryDriver` talks to. */
export interface MemoryMachine {
  readonly values: Map<string, Value>
  /** Every write that reached it, in order. */
  readonly writes: { property: string; value: Value }[]
  /** Sets a value and delivers it as a reading; resolves when the sink has taken it. */
  set(property: string, value: Value, quality?: number): Promise<void>
  /** Answers, or not; the session reports the change. */
  connection(state: ConnectionState): void
  /** What the next writes do: `accept` (the default), keep the old value, refuse, be lost after sending, or end with the session only. */
  onWrite: 'accept' | 'ignore' | 'refuse' | 'lose' | 'hang' | 'throw'
  /** Reading the present value fails. */
  unreadable: boolean
  readonly opened: number
  readonly stopped: number
}

export interface MemoryDriver extends Driver {
  machine(thing: string): MemoryMachine
}

/** A driver of protocol `memory` without any wire. `connection.host: 'bad'` is refused by `check`, `'explode'` throws at `open`. */
export function memoryDriver(): MemoryDriver {
  const machines = new Map<string, Machine>()
  const machine = (thing: string): Machine => {
    const known = machines.get(thing) ?? makeMachine(thing)
    machines.set(thing, known)
    return known
  }
  return {
    protocol: 'memory',
    machine,
    check(definition): Result<ThingDefinition> {
      if (definition.connection?.['host'] === 'bad')
        return failure('IW_CONNECT_INVALID_THING', 'connection.host: "bad" is no host')
      return success(definition)
    },
    open(definition, context) {
      if (definition.connection?.['host'] === 'explode') throw new Error('the driver has a defect')
      return machine(definition.id).open(definition, context)
    },
    async close() {},
  }
}

type Machine = MemoryMachine & { open(definition: ThingDefinition, context: SessionContext): DeviceSession }

function makeMachine(thing: string): Machine {
  let session: { definition: ThingDefinition; context: SessionContext } | undefined
  let state: ConnectionState = 'answering'
  const counters = zeroCounters()
  const hanging: (() => void)[] = []
  const status = () => ({
    thing,
    protocol: 'memory',
    address: 'memory',
    state,
    since: session?.context.clock.now() ?? 0,
    ...(state === 'failing' && { error: { code: 'IW_CONNECT_NO_ANSWER' as const, message: 'No answer from memory' } }),
    counters,
    detail: {},
  })
  const machine: Machine & { opened: number; stopped: number } = {
    values: new Map(),
    writes: [],
    onWrite: 'accept',
    unreadable: false,
    opened: 0,
    stopped: 0,
    async set(property, value, quality = 0) {
      machine.values.set(property, value)
      if (!session) return
      const index = session.definition.properties.findIndex(({ name }) => name === property)
      const now = session.context.clock.now()
      counters.readings++
      const {
        count,
        tag,
        time,
        value: numbers,
        quality: qualities,
        texts,
        integers,
      } = new BatchBuilder()
        .add(session.context.tags[index]!, now, value, quality)
        .build({ source: 'memory', sequence: 0, arrivedAt: now })
      await session.context.sink.readings({
        count,
        tag,
        time,
        value: numbers,
        quality: qualities,
        arrivedAt: now,
        ...(texts && { texts }),
        ...(integers && { integers }),
      })
    },
    connection(next) {
      state = next
      session?.context.sink.changed(status())
    },
    open(definition, context) {
      machine.opened++
      return {
        start() {
          session = { definition, context }
          state = state === 'stopped' ? 'answering' : state
          context.sink.changed(status())
        },
        async stop() {
          machine.stopped++
          for (const end of hanging.splice(0)) end()
          session = undefined
          state = 'stopped'
        },
        read: async (property) =>
          machine.unreadable || state === 'failing'
            ? failure('IW_CONNECT_NO_ANSWER', `${thing} does not answer`)
            : success(machine.values.get(property) ?? null),
        write: (property, value) => write(machine, property, value, hanging),
        status,
      }
    },
  }
  return machine
}

async function write(
  machine: MemoryMachine,
  property: string,
  value: Value,
  hanging: (() => void)[],
): Promise<WriteResult> {
  machine.writes.push({ property, value })
  switch (machine.onWrite) {
    case 'refuse':
      return { outcome: 'failed', message: 'exception 4: device failure' }
    case 'lose':
      return { outcome: 'unknown', message: 'no answer within 1000 ms' }
    case 'hang':
      return new Promise((resolve) => hanging.push(() => resolve({ outcome: 'unknown', message: 'the session ended' })))
    case 'throw':
      throw new Error('the driver has a defect')
    case 'ignore':
      return { outcome: 'written' }
    case 'accept':
      machine.values.set(property, value)
      return { outcome: 'written' }
  }
}
