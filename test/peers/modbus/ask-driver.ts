import { deepEqual, equal, ok } from 'node:assert/strict'
import { createModbusDriver } from '#connect'
import { silentLogger, systemClock, unwrap } from '#kernel'
import { type ThingDefinition, thingDefinition, type Value } from '#model'
import type { DeviceSession, DriverReadings } from '#ports'
import type { Cases } from '../peer.ts'
import { reference } from './reference.ts'

const { unit, holding, input, writable } = reference

/** `connection` of a thing: where the foreign server is. */
export interface DriverConnection {
  readonly transport: 'tcp' | 'rtu-over-tcp' | 'rtu'
  readonly [setting: string]: unknown
}

/** The reference contents seen through the whole driver: plan, decoders, readings, and a write of each kind. */
export async function askDriver(cases: Cases, connection: DriverConnection): Promise<void> {
  const { transport } = connection
  await cases.check(`driver over ${transport}: readings of every type, right and good`, async () => {
    const seen = await withSession(connection, (session) => session.firstReadings)
    for (const [index, { name, expected }] of points.entries()) {
      equal(seen.quality[index], 0, `quality of ${name}`)
      deepEqual(seen.value[index], expected, name)
    }
    return `${points.length} properties`
  })
  await cases.check(`driver over ${transport}: writes, and what is read afterwards`, () =>
    withSession(connection, async ({ session }) => {
      for (const [name, value] of [
        ['setpoint', 12.5],
        ['coil', true],
        ['coil', false],
        ['bit', true],
        ['by function 23', 4711],
      ] as const) {
        deepEqual(await session.write(name, value), { outcome: 'written' }, `write ${name}`)
        equal(unwrap(await session.read(name)), value, `read ${name}`)
      }
    }),
  )
}

interface Point {
  readonly name: string
  readonly type: ThingDefinition['properties'][number]['type']
  readonly address: object
  readonly expected: Value
}

const word32 = (high: number, low: number): number => high * 0x1_0000 + low
const float = (high: number, low: number): number => {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, word32(high, low))
  return view.getFloat32(0)
}
const swapped = (word: number): number => ((word & 0xff) << 8) | (word >> 8)
const int16 = (word: number): number => (word << 16) >> 16

/** Values worked out here from the formulas, not by the library. */
const points: readonly Point[] = [
  ...[0, 1, 2, 120].map((at) => point(`h${at}`, 'integer', { table: 'holding', at, as: 'uint16' }, holding(at))),
  point('i5', 'integer', { table: 'input', at: 5, as: 'int16' }, int16(input(5))),
  point('i160', 'number', { table: 'input', at: 160, as: 'int16', scale: 0.1 }, int16(input(160)) / 10),
  point('abcd', 'integer', { table: 'holding', at: 10, as: 'uint32' }, word32(holding(10), holding(11))),
  point('cdab', 'integer', { table: 'holding', at: 10, as: 'uint32', order: 'CDAB' }, word32(holding(11), holding(10))),
  point(
    'badc',
    'integer',
    { table: 'holding', at: 10, as: 'uint32', order: 'BADC' },
    word32(swapped(holding(10)), swapped(holding(11))),
  ),
  point(
    'dcba',
    'integer',
    { table: 'holding', at: 10, as: 'uint32', order: 'DCBA' },
    word32(swapped(holding(11)), swapped(holding(10))),
  ),
  point('float', 'number', { table: 'input', at: 60, as: 'float32' }, float(input(60), input(61))),
  point('bit 3', 'boolean', { table: 'holding', at: 40, bit: 3 }, ((holding(40) >> 3) & 1) === 1),
  point('bits', 'integer', { table: 'holding', at: 41, bits: { from: 4, count: 5 } }, (holding(41) >> 4) & 31),
  ...[0, 1, 9, 500].map((at) => point(`c${at}`, 'boolean', { table: 'coil', at }, reference.coil(at))),
  ...[0, 1, 9, 1500].map((at) => point(`d${at}`, 'boolean', { table: 'discrete', at }, reference.discrete(at))),
]

function point(name: string, type: Point['type'], address: object, expected: Value): Point {
  return { name, type, address, expected }
}

const written = [
  { name: 'setpoint', type: 'number', address: { table: 'holding', at: writable + 60, as: 'float32', order: 'CDAB' } },
  { name: 'coil', type: 'boolean', address: { table: 'coil', at: writable + 60 } },
  { name: 'bit', type: 'boolean', address: { table: 'holding', at: writable + 62, bit: 9, function: 22 } },
  {
    name: 'by function 23',
    type: 'integer',
    address: { table: 'holding', at: writable + 63, as: 'uint16', function: 23 },
  },
] as const

interface Opened {
  readonly session: DeviceSession
  /** The first reading of each of `points`, in their order. */
  readonly firstReadings: Promise<{ value: Value[]; quality: number[] }>
}

async function withSession<T>(connection: object, work: (opened: Opened) => T | Promise<T>): Promise<T> {
  const driver = createModbusDriver()
  const checked = unwrap(
    driver.check(
      thingDefinition.parse({
        id: 'reference',
        connection: { protocol: 'modbus', unit, everyMs: 100, ...connection },
        properties: [
          ...points.map(({ name, type, address }) => ({ name, type, address })),
          ...written.map((property) => ({ ...property, write: {} })),
        ],
      }),
    ),
  )
  const { promise, resolve, reject } = Promise.withResolvers<{ value: Value[]; quality: number[] }>()
  const first = firstOfEach(points.length, resolve)
  const session = driver.open(checked, {
    clock: systemClock,
    log: silentLogger,
    tags: checked.properties.map((_, index) => index + 1),
    sink: {
      readings: async (readings) => first(readings),
      changed: () => {},
    },
  })
  const timer = setTimeout(() => reject(new Error(`no readings: ${JSON.stringify(session.status())}`)), 10_000)
  session.start()
  try {
    await promise
    ok(session.status().state !== 'failing')
    return await work({ session, firstReadings: promise })
  } finally {
    clearTimeout(timer)
    await session.stop()
    await driver.close()
  }
}

/** Collects rows until each of the tags 1 to `count` has one. */
function firstOfEach(count: number, done: (seen: { value: Value[]; quality: number[] }) => void) {
  const value: Value[] = []
  const quality: number[] = []
  let missing = count
  return (readings: DriverReadings) => {
    for (let row = 0; row < readings.count; row++) {
      const index = readings.tag[row]! - 1
      if (index >= count || quality[index] !== undefined) continue
      quality[index] = readings.quality[row]!
      value[index] = points[index]!.type === 'boolean' ? readings.value[row] === 1 : readings.value[row]!
      if (--missing === 0) done({ value, quality })
    }
  }
}
