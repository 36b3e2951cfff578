import { writeSync } from 'node:fs'

const wait = new Int32Array(new SharedArrayBuffer(4))

/**
 * Writes a short line to the standard output before it returns. Where the pipe is full, because whoever reads it is busy, it
 * waits: lines of less than 4 KiB go as a whole or not at all (POSIX, PIPE_BUF).
 */
export function sayLine(line: string): void {
  for (;;) {
    try {
      writeSync(1, `${line}\n`)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(wait, 0, 0, 1)
    }
  }
}
