import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance, nearestPath, validPaths } from '../../../src/instance/settings/nearest-key.ts'

describe('the distance between two words', () => {
  it.each([
    ['port', 'port', 0],
    ['prot', 'port', 1],
    ['pot', 'port', 1],
    ['ports', 'port', 1],
    ['part', 'port', 1],
    ['', 'port', 4],
  ])('from %s to %s is %i', (one, other, distance) => {
    expect(editDistance(one, other)).toBe(distance)
  })

  it('is the same both ways, zero only for equal words, at most the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (one, other) => {
        const distance = editDistance(one, other)
        expect(distance).toBe(editDistance(other, one))
        expect(distance === 0).toBe(one === other)
        expect(distance).toBeLessThanOrEqual(Math.max(one.length, other.length))
      }),
    )
  })
})

describe('the nearest key', () => {
  const paths = validPaths({
    properties: {
      name: {},
      http: { properties: { port: {}, host: {} } },
      list: { items: { anyOf: [{ properties: { id: {} } }, { properties: { port: {}, profile: {} } }] } },
    },
  })

  it('knows every key of a schema, also in lists and alternatives', () => {
    expect(paths.toSorted()).toEqual(
      ['http', 'http.host', 'http.port', 'list', 'list[].id', 'list[].port', 'list[].profile', 'name'].toSorted(),
    )
  })

  it('is a neighbour before it is a word elsewhere', () => {
    expect(nearestPath('list[]', 'prot', paths)).toBe('list[].port')
    expect(nearestPath('http', 'prot', paths)).toBe('http.port')
    expect(nearestPath('', 'hosts', paths)).toBe('http.host')
  })

  it('is none when nothing is like it', () => {
    expect(nearestPath('', 'temperature', paths)).toBeUndefined()
  })
})
