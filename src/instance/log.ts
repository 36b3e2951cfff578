import { writeSync } from 'node:fs'
import { type Logger as Pino, pino } from 'pino'
import type { Logger } from '#kernel'
import { logLine } from './log-line.ts'

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly format: 'auto' | 'json' | 'lines'
  /** Where it goes; the standard error by default. */
  readonly write?: (line: string) => void
  /** Whether a person reads it there. */
  readonly terminal?: boolean
}

/** Keys whose values never reach a log, wherever somebody puts them. */
const secretKeys = ['token', 'password', 'authorization', 'bearer', 'secret', 'cookie', 'key']
const redact = { paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '…' }

/**
 * The log of the process: one event per line, JSON for programs, a line for people at a terminal. Written at once, so that
 * the last line before a crash is there.
 */
export function createLog(options: LogOptions): Logger {
  const write = options.write ?? ((line) => writeAll(2, line))
  const people = options.format === 'lines' || (options.format === 'auto' && options.terminal === true)
  const destination = { write: people ? (json: string) => write(logLine(json, options.terminal === true)) : write }
  const log: Pino = pino(
    {
      level: options.level,
      base: null,
      redact,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      serializers: { error: pino.stdSerializers.err, cause: pino.stdSerializers.err },
    },
    destination,
  )
  return log as Logger
}

/** Writes all of it; a pipe that is full for a moment is waited for, a reader that is gone is not. */
function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0, tries = 0; written < bytes.length && tries < 1000; tries++) {
    try {
      written += writeSync(descriptor, bytes, written)
    } catch (error) {
      if ((error as { code?: string }).code !== 'EAGAIN') return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}
