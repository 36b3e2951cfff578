import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Io } from '../../src/cli/io.ts'
import { runCli } from '../../src/cli/program.ts'

/** The world of a command in a test: collects what is printed and answers what is asked. */
export interface TestIo extends Io {
  printed(): string
  complaints(): string
  interrupt(): void
}

export function testIo(options: { folder: string; terminal?: boolean; answers?: string[]; input?: string }): TestIo {
  const { folder, terminal = false, answers = [], input = '' } = options
  const abort = new AbortController()
  let [out, err] = ['', '']
  return {
    out(text) {
      out += text
    },
    err(text) {
      err += text
    },
    async ask(question) {
      err += question
      await nextTurn()
      return answers.shift() ?? ''
    },
    input: () => Promise.resolve(input),
    terminal,
    folder,
    env: {},
    interrupted: () => abort.signal,
    now: () => Date.now(),
    printed: () => out,
    complaints: () => err,
    interrupt: () => abort.abort(),
  }
}

/** Runs one command line in a folder and gives all that came of it. */
export async function cli(
  folder: string,
  args: readonly string[],
  world: { terminal?: boolean; answers?: string[]; input?: string } = {},
) {
  const io = testIo({ folder, ...world })
  const code = await runCli(args, io)
  return { code, out: io.printed(), err: io.complaints() }
}
