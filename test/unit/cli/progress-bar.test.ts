import { describe, expect, it } from 'vitest'
import { amount, duration, ProgressBar } from '../../../src/cli/progress-bar.ts'

function barAt(terminal: boolean) {
  const said: string[] = []
  let now = 0
  const bar = new ProgressBar({ terminal, err: (text: string) => void said.push(text) }, 'copying', 'bytes', () => now)
  return {
    said,
    bar,
    at(ms: number) {
      now = ms
    },
  }
}

describe('a progress bar', () => {
  it('says nothing of work that is done within a second', () => {
    const { said, bar, at } = barAt(true)
    at(900)
    bar.show(5, 10)
    bar.end()
    expect(said).toEqual([])
  })

  it('shows share, amount, rate and what is left, on one line that it takes away again', () => {
    const { said, bar, at } = barAt(true)
    at(2_000)
    bar.show(5e6, 2e7)
    bar.end()
    expect(said[0]).toContain('25 %  5.0 MB of 20 MB, 2.5 MB/s, 6 s left')
    expect(said.at(-1)).toBe('\r\x1b[K')
  })

  it('writes a plain line every five seconds where nobody can be drawn for', () => {
    const { said, bar, at } = barAt(false)
    for (let ms = 0; ms <= 12_000; ms += 500) {
      at(ms)
      bar.show(ms, 20_000)
    }
    expect(said).toHaveLength(3)
    expect(said.every((line) => line.endsWith('\n') && !line.includes('\r'))).toBe(true)
  })

  it('shows amount and rate alone where the whole is not known', () => {
    const { said, bar, at } = barAt(false)
    at(1_000)
    bar.show(2_000)
    expect(said[0]).toBe('copying 2.0 kB, 2.0 kB/s\n')
  })
})

it('writes amounts and times as people read them', () => {
  expect([amount(999, 'bytes'), amount(1_234_567, 'bytes'), amount(12_345, 'rows')]).toEqual([
    '999 B',
    '1.2 MB',
    '12,345 rows',
  ])
  expect([duration(0.2), duration(200), duration(7_500)]).toEqual(['1 s', '3 min 20 s', '2 h 5 min'])
})
