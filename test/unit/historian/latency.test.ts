import { describe, expect, it } from 'vitest'
import { LatencyWindow } from '../../../src/historian/latency.ts'

describe('the window of acknowledgement times', () => {
  it('gives quantiles to within a quarter octave', () => {
    const window = new LatencyWindow(0)
    for (let n = 1; n <= 1000; n++) window.add(n / 10, n)
    expect(window.quantile(0.5, 1000)).toBeGreaterThan(49)
    expect(window.quantile(0.5, 1000)).toBeLessThan(50 * 2 ** 0.25 * 1.001)
    expect(window.quantile(0.99, 1000)).toBeLessThan(99 * 2 ** 0.25 * 1.001)
  })

  it('forgets what is more than a minute old, and is 0 where there was nothing', () => {
    const window = new LatencyWindow(0)
    expect(window.quantile(0.99, 0)).toBe(0)
    window.add(500, 1000)
    expect(window.quantile(0.99, 29_000)).toBeGreaterThan(400)
    expect(window.quantile(0.99, 45_000)).toBeGreaterThan(400)
    window.add(1, 46_000)
    expect(window.quantile(0.99, 46_000)).toBeGreaterThan(400)
    expect(window.quantile(0.99, 80_000)).toBeLessThan(2)
    expect(window.quantile(0.99, 500_000)).toBe(0)
  })
})
