/** One field of a good line, as a plain reading of InfluxDB's rules gives it. */
export interface ReferencePoint {
  readonly measurement: string
  readonly tags: Readonly<Record<string, string>>
  readonly fields: readonly (readonly [name: string, value: number | bigint | boolean | string])[]
  /** In the unit of the body; undefined where the line has none. */
  readonly time: bigint | undefined
}

/**
 * The slow and obvious parser the fast one is compared with: one line at a time, strings and regular expressions, no line
 * ends inside texts. Undefined for a line that is not valid, null for one without a point.
 */
export function parseReferenceLine(line: string): ReferencePoint | undefined | null {
  const text = line.replace(/\r$/, '').replace(/^[ \t]+/, '')
  if (text === '' || text.startsWith('#')) return null
  const [key, rest] = cut(text)
  if (rest === undefined) return undefined
  const [measurement, ...pairs] = split(key, ',')
  if (measurement === '' || measurement === undefined) return undefined
  const tags: Record<string, string> = {}
  for (const pair of pairs) {
    const [name, value, ...more] = split(pair, '=')
    if (!name || !value || more.length > 0 || Object.hasOwn(tags, unescaped(name))) return undefined
    tags[unescaped(name)] = unescaped(value)
  }
  const fields: [string, number | bigint | boolean | string][] = []
  let at = 0
  for (;;) {
    const name = /^(?:\\.|[^\\=, ]|\\$)+(?==)/.exec(rest.slice(at))?.[0]
    if (!name) return undefined
    at += name.length + 1
    const token = /^(?:"(?:\\["\\]|[^"])*"|[^, "]+)(?=[, ]|$)/.exec(rest.slice(at))?.[0]
    if (!token) return undefined
    const value = parseValue(token)
    if (value === undefined) return undefined
    fields.push([unescaped(name), value])
    at += token.length
    if (rest[at] !== ',') break
    at++
  }
  const tail = rest.slice(at).trim()
  if (tail !== '' && !/^\d+$/.test(tail)) return undefined
  return {
    measurement: measurement.replace(/\\([, ])/g, '$1'),
    tags,
    fields,
    time: tail === '' ? undefined : BigInt(tail),
  }
}

function parseValue(token: string): number | bigint | boolean | string | undefined {
  if (token.startsWith('"')) return token.slice(1, -1).replace(/\\(["\\])/g, '$1')
  if (/^(t|T|true|True|TRUE)$/.test(token)) return true
  if (/^(f|F|false|False|FALSE)$/.test(token)) return false
  const integer = /^([+-]?\d+)([iu])$/.exec(token)
  if (integer) {
    const value = BigInt(integer[1]!.replace('+', ''))
    if (BigInt.asIntN(64, value) !== value || (integer[2] === 'u' && value < 0n)) return undefined
    return value
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(token)) return undefined
  const value = Number(token)
  return Number.isFinite(value) ? value : undefined
}

const unescaped = (text: string): string => text.replace(/\\([,= ])/g, '$1')

/** Before and behind the first spaces that no backslash stands before. */
function cut(text: string): [string, string | undefined] {
  const space = /(?<!\\) +/.exec(text)
  return space ? [text.slice(0, space.index), text.slice(space.index + space[0].length)] : [text, undefined]
}

const split = (text: string, delimiter: string): string[] => text.split(new RegExp(`(?<!\\\\)${delimiter}`))
