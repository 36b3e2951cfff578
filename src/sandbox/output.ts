import type { Readable } from 'node:stream'
import type { Logger } from '#kernel'

const linesAtOnce = 50
const refillMs = 10_000
const longestLine = 2_000
const lastLines = 20

/**
 * Takes what a child writes to its output, line by line, into the log: at most 50 lines in ten seconds, the rest is counted
 * only. Returns its last words.
 */
export function logOutput(stream: Readable, log: Logger): () => readonly string[] {
  const last: string[] = []
  let rest = ''
  let room = linesAtOnce
  let since = performance.now()
  let dropped = 0

  const line = (text: string) => {
    const words = text.slice(0, longestLine)
    last.push(words)
    if (last.length > lastLines) last.shift()
    const now = performance.now()
    if (now - since > refillMs) {
      since = now
      room = linesAtOnce
    }
    if (room-- > 0) log.warn({ ...(dropped > 0 && { dropped }) }, words)
    else dropped++
  }

  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = (lines.pop() ?? '').slice(0, longestLine)
    for (const one of lines) if (one.trim() !== '') line(one)
  })
  stream.on('end', () => {
    if (rest.trim() !== '') line(rest)
  })
  return () => last
}
