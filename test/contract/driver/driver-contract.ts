import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLogger, systemClock, unwrap } from '#kernel'
import { Quality, type ThingDefinition, type ThingDefinitionInput, thingDefinition, type Value } from '#model'
import type { DeviceSession, Driver } from '#ports'
import { RecordingSink } from '../../fakes/recording-sink.ts'

/** A machine behind a driver, in the hands of the contract. Its thing has the properties named in `contractProperties`. */
export interface DriverBench {
  readonly driver: Driver
  readonly definition: ThingDefinitionInput
  /** What the machine holds. */
  get(property: ContractProperty): Value
  set(property: ContractProperty, value: Value): void
  /** The machine is cut off, and comes back. */
  cut(): Promise<void>
  restore(): Promise<void>
  /** Definitions the driver must refuse, and the path it must name. */
  readonly invalid: readonly { readonly definition: ThingDefinitionInput; readonly path: string }[]
  end(): Promise<void>
}

/** `level` a writable number, `count` a 64-bit integer, `running` a boolean, `name` a string; `missing` is refused. */
const contractProperties = ['level', 'count', 'running', 'name', 'missing'] as const
export type ContractProperty = (typeof contractProperties)[number]

const tagOf = (property: ContractProperty): number => 100 + contractProperties.indexOf(property)

/** What every driver must do, whatever protocol it speaks. Intervals are the machine's; nothing here waits for luck. */
export function driverContract(name: string, make: () => Promise<DriverBench>): void {
  describe(`the driver ${name}`, () => {
    let bench: DriverBench
    let sink: RecordingSink
    let session: DeviceSession
    let checked: ThingDefinition
    beforeEach(async () => {
      bench = await make()
      sink = new RecordingSink()
      checked = unwrap(bench.driver.check(thingDefinition.parse(bench.definition)))
      const tags = checked.properties.map(({ name }) => tagOf(name as ContractProperty))
      session = bench.driver.open(checked, { clock: systemClock, log: silentLogger, sink, tags })
    })
    afterEach(async () => {
      await session.stop()
      await bench.driver.close()
      await bench.end()
    })

    test('passes its own output again, unchanged', () => {
      expect(unwrap(bench.driver.check(checked))).toEqual(checked)
    })

    test('refuses what it cannot do, naming the path', () => {
      for (const { definition, path } of bench.invalid) {
        const result = bench.driver.check(thingDefinition.parse(definition))
        expect(result).toMatchObject({ ok: false, code: 'IW_CONNECT_INVALID_THING' })
        expect((result as { message: string }).message).toContain(path)
      }
    })

    test('opens nothing and calls nobody before it is started', () => {
      expect(session.status()).toMatchObject({ thing: checked.id, state: 'connecting', counters: { connects: 0 } })
      expect(sink.statuses).toEqual([])
    })

    test('delivers every type of value under its own tag, with times that are now', async () => {
      bench.set('level', 21.5)
      bench.set('count', 9_007_199_254_740_993n)
      bench.set('running', true)
      bench.set('name', 'Pump 1')
      const before = systemClock.now()
      session.start()
      const level = await sink.next(tagOf('level'), ({ quality }) => quality === Quality.good)
      await sink.until(() => (['count', 'running', 'name'] as const).every((some) => sink.last(tagOf(some))))
      expect(level.value).toBe(21.5)
      expect(level.time).toBeGreaterThanOrEqual(before)
      expect(level.time).toBeLessThanOrEqual(systemClock.now())
      expect(sink.last(tagOf('count'))?.value).toBe(9_007_199_254_740_993n)
      expect(sink.last(tagOf('running'))?.value).toBe(1)
      expect(sink.last(tagOf('name'))?.value).toBe('Pump 1')
    })

    test('goes on delivering, and what is new is seen', async () => {
      session.start()
      for (const value of [1, 2, 3]) {
        bench.set('level', value)
        await sink.next(tagOf('level'), (row) => row.value === value)
      }
    })

    test('says once that a refused property has no value, and delivers the others', async () => {
      session.start()
      await sink.until(() => sink.state === 'partly')
      await sink.next(tagOf('level'))
      await sink.next(tagOf('level'))
      expect(sink.of(tagOf('missing')).map(({ quality }) => quality)).toEqual([Quality.commError])
      expect(session.status().error).toMatchObject({ code: 'IW_CONNECT_DEVICE_ERROR' })
    })

    test('says once that a lost machine gives no values, and delivers again when it is back', async () => {
      session.start()
      await sink.next(tagOf('level'), ({ quality }) => quality === Quality.good)
      await bench.cut()
      const lost = await sink.next(tagOf('level'), ({ quality }) => quality === Quality.commError)
      expect(lost.value).toBeNull()
      await sink.until(() => session.status().state === 'failing')
      const status = await sink.until(() => sink.statuses.find(({ tries }) => (tries ?? 0) > 1))
      expect(status).toMatchObject({ state: 'failing', error: { code: 'IW_CONNECT_NO_ANSWER' } })
      expect(status.nextTryAt).toBeGreaterThan(0)
      expect(sink.of(tagOf('level')).filter(({ quality }) => quality === Quality.commError)).toHaveLength(1)
      await bench.restore()
      await sink.next(tagOf('level'), ({ quality }) => quality === Quality.good)
      await sink.until(() => sink.state === 'partly' || sink.state === 'answering')
      expect(session.status().counters.connects).toBeGreaterThan(1)
    })

    test('reads a property on demand', async () => {
      session.start()
      await sink.next(tagOf('level'), ({ quality }) => quality === Quality.good)
      bench.set('level', 7.25)
      bench.set('name', 'Kiln')
      expect(await session.read('level')).toEqual({ ok: true, value: 7.25 })
      expect(await session.read('name')).toEqual({ ok: true, value: 'Kiln' })
      expect(await session.read('missing')).toMatchObject({ ok: false, code: 'IW_CONNECT_DEVICE_ERROR' })
      expect(await session.read('nothing')).toMatchObject({ ok: false, code: 'IW_CONNECT_UNKNOWN_PROPERTY' })
    })

    test('writes a property, and says what surely failed', async () => {
      session.start()
      await sink.next(tagOf('level'), ({ quality }) => quality === Quality.good)
      expect(await session.write('level', 12.5)).toEqual({ outcome: 'written' })
      expect(bench.get('level')).toBe(12.5)
      expect(await session.write('level', 'high')).toMatchObject({ outcome: 'failed' })
      expect(await session.write('nothing', 1)).toMatchObject({ outcome: 'failed' })
      expect(bench.get('level')).toBe(12.5)
    })

    test('neither reads nor writes a machine that is cut off', async () => {
      session.start()
      await sink.next(tagOf('level'), ({ quality }) => quality === Quality.good)
      await bench.cut()
      await sink.until(() => session.status().state === 'failing')
      expect(await session.read('level')).toMatchObject({ ok: false, code: 'IW_CONNECT_NO_ANSWER' })
      expect(await session.write('level', 1)).toMatchObject({ outcome: 'failed' })
    })

    test('calls its sink no more once it is stopped', async () => {
      session.start()
      await sink.next(tagOf('level'))
      await session.stop()
      const { length } = sink.batches
      await bench.cut()
      await bench.restore()
      expect(sink.batches).toHaveLength(length)
      expect(session.status().state).toBe('stopped')
    })
  })
}
