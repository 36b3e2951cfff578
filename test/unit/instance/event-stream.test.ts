import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventsOf } from '../../../src/instance/client/event-stream.ts'

async function collect(chunks: readonly string[]): Promise<string[]> {
  async function* source() {
    yield* chunks
  }
  const events: string[] = []
  for await (const event of eventsOf(source())) events.push(event)
  return events
}

describe('an event stream', () => {
  it('gives the data of each event and passes over comments and other fields', async () => {
    expect(await collect([': hello\n\nevent: readings\nid: 1\ndata: {"a":1}\n\ndata:two\ndata: lines\n\n'])).toEqual([
      '{"a":1}',
      'two\nlines',
    ])
  })

  it('gives nothing for an event that was cut off', async () => {
    expect(await collect(['data: whole\n\ndata: cut'])).toEqual(['whole'])
  })

  it('does not depend on how the bytes were cut into pieces, nor on the kind of line ends', async () => {
    const events = fc.array(fc.stringMatching(/^[a-z {}:"]{1,20}$/), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(events, fc.constantFrom('\n', '\r\n'), fc.array(fc.nat(40)), async (list, end, cuts) => {
        const text = list.map((data) => `data: ${data}${end}${end}`).join('')
        const pieces: string[] = []
        let at = 0
        for (const cut of cuts) {
          pieces.push(text.slice(at, at + cut))
          at += cut
        }
        pieces.push(text.slice(at))
        expect(await collect(pieces)).toEqual(list)
      }),
    )
  })
})
