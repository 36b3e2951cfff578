import { describe, expect, it } from 'vitest'
import { silentLogger } from '#kernel'
import { Stops } from '../../../src/instance/stops.ts'

describe('what has been started', () => {
  it('is stopped in reverse order, one after the other', async () => {
    const stops = new Stops(silentLogger)
    const order: string[] = []
    for (const what of ['database', 'historian', 'http'])
      stops.push(what, async () => {
        await new Promise((resolve) => setImmediate(resolve))
        order.push(what)
      })
    expect(await stops.run()).toBe(true)
    expect(order).toEqual(['http', 'historian', 'database'])
  })

  it('is stopped as a whole also when one part fails, and that is told', async () => {
    const told: string[] = []
    const stops = new Stops({ ...silentLogger, error: (_, message) => told.push(message) })
    let databaseClosed = false
    stops.push('database', () => {
      databaseClosed = true
    })
    stops.push('http server', () => {
      throw new Error('stuck')
    })
    expect(await stops.run()).toBe(false)
    expect(databaseClosed).toBe(true)
    expect(told).toEqual(['stopping the http server failed'])
  })

  it('is stopped once', async () => {
    const stops = new Stops(silentLogger)
    let times = 0
    stops.push('database', () => times++)
    await stops.run()
    await stops.run()
    expect(times).toBe(1)
  })
})
