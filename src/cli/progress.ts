import type { Io } from './io.ts'

const quietMs = 1000

/**
 * Waits for `work`; once it takes more than a second, says what is waited for: at a terminal a line that counts the
 * seconds and goes away again, elsewhere one plain line.
 */
export async function withProgress<T>(io: Pick<Io, 'err' | 'terminal'>, what: string, work: Promise<T>): Promise<T> {
  let seconds = 0
  const timer = setInterval(() => {
    seconds += 1
    if (io.terminal) io.err(`\r${what} … ${seconds} s`)
    else if (seconds === 1) io.err(`${what} …\n`)
  }, quietMs)
  try {
    return await work
  } finally {
    clearInterval(timer)
    if (io.terminal && seconds > 0) io.err('\r\x1b[K')
  }
}
