import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { converted, mbmdFile, profileOf, readMeters } from '../../../scripts/profiles/from-mbmd.ts'
import { measurementOf } from '../../../scripts/profiles/measurements.ts'

const root = join(import.meta.dirname, '../../..')
const { IW_VECTORS } = process.env
const vectors = IW_VECTORS ?? join(root, '../shared/vectors')
const hasSource = existsSync(mbmdFile(vectors))
if (!hasSource)
  console.warn(`skipped: ${mbmdFile('IW_VECTORS')} is not here, so profiles/eastron is not compared with it`)

describe('profiles converted from mbmd', () => {
  it.skipIf(!hasSource).each(Object.entries(converted))('%s is in profiles/ as the script makes it', (key, target) => {
    const file = join(root, 'profiles/eastron', `${target.name}.yaml`)
    expect(parse(readFileSync(file, 'utf8'))).toEqual(profileOf(readMeters(vectors)[key]!, target))
  })

  it('name a phase in the name and in both titles', () => {
    expect(measurementOf('VoltageL2')).toMatchObject({
      name: 'voltage_l2',
      title: { en: 'Voltage L2', zh: 'L2 电压' },
      unit: 'V',
    })
    expect(measurementOf('Import')).toMatchObject({ name: 'energy_import', unit: 'kW.h', leading: true })
  })

  it('leave out what is no register', () => expect(measurementOf('ReadLen')).toBeUndefined())

  it('are not made of a meter whose registers have several types', () => {
    const meter = {
      description: 'x',
      function: 'input',
      transforms_used: ['RTUInt16ToFloat64'],
      registers: {},
    } as const
    expect(() => profileOf(meter, converted.sdm)).toThrow('types RTUInt16ToFloat64')
  })
})
