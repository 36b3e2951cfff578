import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { measurementOf } from './measurements.ts'

/**
 * Makes profiles/eastron/*.yaml of the register facts of mbmd (BSD-3-Clause): `node scripts/profiles/from-mbmd.ts`, with
 * the folder of the vectors in IW_VECTORS. Only meters whose registers are all of one type are taken: the source names
 * types a meter, not a register.
 */
export interface MbmdMeter {
  readonly description: string
  readonly function: 'input' | 'holding'
  readonly transforms_used: readonly string[]
  readonly registers: Readonly<Record<string, { readonly address: number; readonly comment: string | null }>>
}

/** Meters that are converted: key in the source → name of the profile and what people call it. */
export const converted = {
  sdm: { name: 'sdm630', title: { en: 'Eastron SDM630, three phases', zh: 'Eastron SDM630 三相电表' } },
  sdm72v2: {
    name: 'sdm72d-m-v2',
    title: { en: 'Eastron SDM72D-M v2, three phases', zh: 'Eastron SDM72D-M v2 三相电表' },
  },
  sdm230: { name: 'sdm230', title: { en: 'Eastron SDM230, one phase', zh: 'Eastron SDM230 单相电表' } },
  sdm120: { name: 'sdm120', title: { en: 'Eastron SDM120, one phase', zh: 'Eastron SDM120 单相电表' } },
} as const

const float32 = 'RTUIeee754ToFloat64'

/** Where the source lies in the folder of the vectors. */
export const mbmdFile = (vectors: string): string => join(vectors, 'field/registermaps/mbmd-rs485.json')

export const readMeters = (vectors: string): Readonly<Record<string, MbmdMeter>> =>
  JSON.parse(readFileSync(mbmdFile(vectors), 'utf8')) as Record<string, MbmdMeter>

/** A profile in our own format. Throws where the source says more than one type of register. */
export function profileOf(meter: MbmdMeter, { name, title }: (typeof converted)[keyof typeof converted]) {
  if (meter.transforms_used.join() !== float32) throw new Error(`${name}: types ${meter.transforms_used}`)
  const registers = Object.entries(meter.registers).flatMap(([measurement, { address }]) => {
    const known = measurementOf(measurement)
    return known ? [{ address, ...known }] : []
  })
  return {
    id: `eastron/${name}`,
    title,
    maker: 'Eastron',
    source: {
      provenance: 'volkszaehler/mbmd fb8f9c2, meters/rs485, converted by scripts/profiles/from-mbmd.ts',
      licence: 'BSD-3-Clause',
    },
    connection: { protocol: 'modbus', unit: 1, everyMs: 1000 },
    properties: registers.map(({ address, example, ...property }) => ({
      ...property,
      address: { table: meter.function, at: address, as: 'float32' },
    })),
    vectors: [
      {
        note: 'plausible values as IEEE 754, high word first',
        memory: Object.fromEntries(
          registers.map(({ address, example }) => [`${meter.function}:${address}`, wordsOf(example)]),
        ),
        expect: Object.fromEntries(registers.map(({ name: property, example }) => [property, example])),
      },
    ],
  }
}

function wordsOf(value: number): number[] {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value)
  return [view.getUint16(0), view.getUint16(2)]
}

function main(): void {
  const root = join(import.meta.dirname, '../..')
  const { IW_VECTORS } = process.env
  const meters = readMeters(IW_VECTORS ?? join(root, '../shared/vectors'))
  for (const [key, target] of Object.entries(converted)) {
    const file = join(root, 'profiles/eastron', `${target.name}.yaml`)
    writeFileSync(file, stringify(profileOf(meters[key]!, target), { lineWidth: 120 }))
    console.log(`profiles/eastron/${target.name}.yaml`)
  }
}

if (import.meta.main) main()
