import { describe, expect, it } from 'vitest'
import { Catalogue } from '../../../src/historian/parts/catalogue.ts'
import type { PartEntry } from '../../../src/historian/seal/manifest.ts'
import { LossyFiles } from '../../fakes/lossy-files.ts'

const part = (number: number): PartEntry => ({
  number,
  rank: number,
  kind: 'level0',
  rows: 1,
  bytes: 1,
  minTime: 0,
  maxTime: 1,
  minTag: 1,
  maxTag: 1,
})

function catalogue() {
  const gone: number[] = []
  const files = new LossyFiles({ random: () => 0 }).layer()
  return { gone, parts: new Catalogue(files, '/parts', ({ number }) => gone.push(number)) }
}

describe('the live parts', () => {
  it('go when no generation lists them and nobody reads them', () => {
    const { gone, parts } = catalogue()
    parts.replace([part(1), part(2)])
    parts.replace([part(2), part(3)])
    expect(gone).toEqual([1])
    expect(parts.parts.map(({ number }) => number)).toEqual([2, 3])
  })

  it('stay for the readers of two older generations, until the last of each has gone', () => {
    const { gone, parts } = catalogue()
    parts.replace([part(1), part(2)])
    const first = parts.pin()
    const second = parts.pin()
    parts.replace([part(2), part(3)])
    const third = parts.pin()
    parts.replace([part(4)])
    expect(gone).toEqual([])
    expect(first.parts.map(({ number }) => number)).toEqual([1, 2])
    first.release()
    first.release()
    expect(gone).toEqual([])
    second.release()
    expect(gone).toEqual([1])
    third.release()
    expect(gone.toSorted()).toEqual([1, 2, 3])
  })
})
