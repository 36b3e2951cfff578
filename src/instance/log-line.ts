const grey = (text: string): string => `\x1b[90m${text}\x1b[0m`
const colours: Readonly<Record<string, string>> = { warn: '\x1b[33m', error: '\x1b[31m', fatal: '\x1b[31m' }

/** One log event as a line for people: time, level, room, message, then what else there is as key=value. */
export function logLine(json: string, coloured: boolean): string {
  const { level, time, room, msg, error, ...rest } = JSON.parse(json) as Record<string, unknown>
  const clock = String(time).slice(11, 19)
  const word = String(level).padEnd(5)
  const fields = Object.entries(rest).map(([key, value]) => `${key}=${shown(value)}`)
  const words = [room === undefined ? '' : `${String(room)}:`, String(msg ?? ''), failureOf(error)].filter(Boolean)
  if (!coloured) return `${[clock, word, ...words, ...fields].join(' ')}\n`
  const colour = colours[String(level)]
  const head = colour ? `${colour}${word}\x1b[0m` : grey(word)
  const tail = fields.length > 0 ? ` ${grey(fields.join(' '))}` : ''
  return `${grey(clock)} ${head} ${words.join(' ')}${tail}\n`
}

/** An error as text; its stack where it has no code, because then it is a surprise. */
function failureOf(error: unknown): string {
  if (error === undefined) return ''
  if (typeof error !== 'object' || error === null) return `(${String(error)})`
  const { message, code, stack } = error as { message?: string; code?: string; stack?: string }
  return code === undefined && stack !== undefined ? `\n${stack}` : `(${code ? `${code}: ` : ''}${message ?? ''})`
}

const shown = (value: unknown): string =>
  typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
