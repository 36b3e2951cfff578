import { describe, expect, it } from 'vitest'
import { Bus, uuidV7 } from '#kernel'

interface Events {
  readonly said: string
}

describe('the bus', () => {
  it('hands a payload to every listener in the order they came', () => {
    const heard: string[] = []
    const bus = new Bus<Events>()
    bus.on('said', (text) => heard.push(`first ${text}`))
    bus.on('said', (text) => heard.push(`second ${text}`))
    bus.emit('said', 'hello')
    expect(heard).toEqual(['first hello', 'second hello'])
  })

  it('goes on with the others when a listener throws, and reports it', () => {
    const failures: unknown[] = []
    const heard: string[] = []
    const bus = new Bus<Events>((event, error) => failures.push([event, (error as Error).message]))
    bus.on('said', () => {
      throw new Error('deaf')
    })
    bus.on('said', (text) => heard.push(text))
    bus.emit('said', 'hello')
    expect(heard).toEqual(['hello'])
    expect(failures).toEqual([['said', 'deaf']])
  })

  it('stops calling a listener that was removed', () => {
    const heard: string[] = []
    const bus = new Bus<Events>()
    const stop = bus.on('said', (text) => heard.push(text))
    stop()
    bus.emit('said', 'hello')
    expect(heard).toEqual([])
  })
})

describe('uuidV7', () => {
  it('carries version, variant and the time, and sorts by it', () => {
    const early = uuidV7(1_700_000_000_000)
    const late = uuidV7(1_700_000_000_001)
    expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(early < late).toBe(true)
    expect(Number.parseInt(early.replaceAll('-', '').slice(0, 12), 16)).toBe(1_700_000_000_000)
  })
})
