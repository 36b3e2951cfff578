import { describe, expect, it } from 'vitest'
import { IwError } from '#kernel'
import { createLog } from '../../../src/instance/log.ts'

function logTo(format: 'json' | 'lines' | 'auto', terminal = false, level: 'debug' | 'info' = 'info') {
  const lines: string[] = []
  return { lines, log: createLog({ level, format, terminal, write: (line) => lines.push(line) }) }
}

describe('the log', () => {
  it('is one JSON object a line for programs, with the fields of the event and its room', () => {
    const { lines, log } = logTo('auto')
    log.child({ room: 'connect' }).warn({ thing: 'pump-1', code: 'IW_CONNECT_NO_ANSWER' }, 'no answer')
    expect(lines).toHaveLength(1)
    expect(lines[0]!.endsWith('\n')).toBe(true)
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'warn',
      room: 'connect',
      thing: 'pump-1',
      code: 'IW_CONNECT_NO_ANSWER',
      msg: 'no answer',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    })
  })

  it('never shows a secret, at any depth', () => {
    for (const format of ['json', 'lines'] as const) {
      const { lines, log } = logTo(format)
      log.info(
        { token: 'hunter2', headers: { authorization: 'Bearer hunter2' }, a: { b: { password: 'hunter2' } } },
        'x',
      )
      expect(lines.join('')).not.toContain('hunter2')
    }
  })

  it('is a line for people at a terminal: time, level, room, message, fields', () => {
    const { lines, log } = logTo('lines')
    log.child({ room: 'http' }).info({ url: 'http://localhost:7070', note: 'two words' }, 'listening')
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d info {2}http: listening url=http:\/\/localhost:7070 note="two words"\n$/)
  })

  it('shows an error with its code, and a surprise with its stack', () => {
    const { lines, log } = logTo('lines')
    log.error({ error: new IwError('IW_CONNECT_NO_ANSWER', 'no answer from 10.0.0.7') }, 'failed')
    log.error({ error: new TypeError('x is not a function') }, 'failed')
    expect(lines[0]).toContain('IW_CONNECT_NO_ANSWER: no answer from 10.0.0.7')
    expect(lines[0]).not.toContain('    at ')
    expect(lines[1]).toMatch(/TypeError: x is not a function\n\s+at /)
  })

  it('keeps what is below its level to itself', () => {
    const { lines, log } = logTo('json')
    log.debug({}, 'detail')
    expect(lines).toEqual([])
  })
})
