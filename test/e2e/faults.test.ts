import { describe, expect, test } from 'vitest'
import { createModbusDriver } from '#connect'
import { silentLogger, systemClock, unwrap } from '#kernel'
import { ModbusServer } from '#modbus'
import { Quality, thingDefinition } from '#model'
import { FaultProxy, faultKinds } from '../fakes/fault-proxy.ts'
import { runFaults } from '../fakes/fault-run.ts'
import { RecordingSink } from '../fakes/recording-sink.ts'
import { TellingRegisters } from '../fakes/telling-registers.ts'

const seed = Number(process.env['IW_SEED'] ?? Date.now() % 1_000_000)

describe(`replies spoiled on the way (seed ${seed}; IW_SEED repeats it)`, () => {
  test('200,000 values come through, none under a wrong name', async () => {
    const result = await runFaults({ values: 200_000, seed, rate: 0.02 })
    console.log(`faults: ${JSON.stringify(result)}`)
    expect(result.wrong).toBe(0)
    expect(result.values).toBeGreaterThanOrEqual(200_000)
    for (const kind of faultKinds) expect(result.faults[kind], kind).toBeGreaterThan(0)
  })

  test('the control without the check of transaction ids finds wrong values', async () => {
    const { wrong, values } = await runFaults({ values: 50_000, seed, rate: 0.02, ignoreTransactions: true })
    console.log(`control: ${wrong} of ${values} values wrong`)
    expect(wrong).toBeGreaterThan(0)
  })

  test('what the driver calls good is what the device said, under the tag it was asked for', async () => {
    const device = new TellingRegisters(1)
    const server = new ModbusServer({ device: (unit) => (unit === 1 ? device : undefined) })
    const { port: targetPort } = await server.listen(0)
    const rates = Object.fromEntries(faultKinds.map((kind) => [kind, 0.02]))
    const proxy = new FaultProxy({ targetPort, seed, rates, delayMs: { least: 45, most: 120 } })
    const { port } = await proxy.listen()
    const driver = createModbusDriver({ retryMs: { first: 5, longest: 50 } })
    const definition = unwrap(
      driver.check(
        thingDefinition.parse({
          id: 'spoiled',
          connection: { protocol: 'modbus', host: '127.0.0.1', port, everyMs: 10, timeoutMs: 40, inFlight: 4 },
          properties: Array.from({ length: 300 }, (_, i) => ({
            name: `v${i}`,
            type: 'integer',
            address: `hr${2 * i}:uint32`,
          })),
        }),
      ),
    )
    const sink = new RecordingSink()
    const tags = definition.properties.map((_, index) => index)
    const session = driver.open(definition, { clock: systemClock, log: silentLogger, sink, tags })
    session.start()
    await sink.until(() => sink.batches.length >= 80)
    await session.stop()
    await driver.close()
    await proxy.close()
    await server.close()
    const good = sink.rows().filter(({ quality }) => quality === Quality.good)
    const wrong = good.filter(({ tag, value }) => !device.isPossible(value as number, 2 * tag, 0))
    console.log(`driver: ${good.length} good readings, ${JSON.stringify(proxy.counts)}`)
    expect(good.length).toBeGreaterThan(10_000)
    expect(wrong).toEqual([])
  })
})
