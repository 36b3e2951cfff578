import { deepEqual, equal } from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Cases } from '../peer.ts'
import { nameplate, reference, span } from './reference.ts'

const { writable } = reference

type Ask = (...request: readonly (number | boolean)[]) => Promise<string>

/**
 * Lets a foreign client put functions 1 to 6, 15, 16, 17, 22 and 23 to a server of ours with the reference contents. The
 * client reads requests `FUNCTION ADDRESS COUNT [VALUE…]` line by line and prints `ok VALUE…`, `exception CODE` or
 * `error MESSAGE`. `identification`: it can do function 43/14 too.
 */
export async function beAskedBy(
  cases: Cases,
  [program, ...args]: readonly [string, ...string[]],
  prefix: string,
  options: { readonly identification?: boolean } = {},
): Promise<void> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ask = asker(child)
  const check = (name: string, work: () => unknown) => cases.check(`${prefix}${name}`, work)
  await check('functions 1 to 4', async () => {
    equal(await ask(1, 3, 1999), said(span(3, 1999, reference.coil)))
    equal(await ask(2, 3, 21), said(span(3, 21, reference.discrete)))
    equal(await ask(3, 0, 125), said(span(0, 125, reference.holding)))
    equal(await ask(4, 50, 125), said(span(50, 125, reference.input)))
  })
  await check('functions 5, 6, 15 and 16, read back', () => writesOf(ask))
  await check('functions 22 and 23, read back', async () => {
    equal(await ask(6, writable, 1, 0x0012), 'ok')
    equal(await ask(22, writable, 0, 0x00f2, 0x0025), 'ok')
    equal(await ask(3, writable, 1), said([0x17]))
    equal(await ask(23, writable + 2, 12, 4, 5, 6), said(span(0, 12, reference.holding)))
    equal(await ask(3, writable + 2, 3), said([4, 5, 6]))
  })
  await check('function 17', async () => deepEqual(await ask(17, 0, 0), said([...Buffer.from('REF-1'), 0xff])))
  if (options.identification)
    await check('function 43/14, extended', async () => {
      const bytes = Object.entries(nameplate).flatMap(([id, text]) => [Number(id), text.length, ...Buffer.from(text)])
      equal(await ask(43, 0, 3), said(bytes))
    })
  await check('an illegal address is exception 2', async () =>
    equal(await ask(3, reference.registers - 1, 5), 'exception 2'),
  )
  child.stdin?.end()
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function writesOf(ask: Ask): Promise<void> {
  equal(await ask(5, writable, 1, true), 'ok')
  equal(await ask(1, writable, 1), said([true]))
  equal(await ask(6, writable, 1, 0xabcd), 'ok')
  equal(await ask(3, writable, 1), said([0xabcd]))
  const bits = span(0, 37, (i) => i % 5 === 1)
  equal(await ask(15, writable + 10, bits.length, ...bits), 'ok')
  equal(await ask(1, writable + 10, bits.length), said(bits))
  const words = span(0, 99, (i) => i * 661)
  equal(await ask(16, writable, words.length, ...words), 'ok')
  equal(await ask(3, writable, words.length), said(words))
}

const said = (values: readonly (number | boolean)[]): string => ['ok', ...values.map(Number)].join(' ')

function asker(child: ChildProcess): Ask {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  return async (...request) => {
    child.stdin!.write(`${request.map(Number).join(' ')}\n`)
    const { value, done } = await lines.next()
    if (done) throw new Error('the foreign client has ended')
    return String(value)
  }
}
