import { isUtf8 } from 'node:buffer'
import { failure, type Result, success } from '#kernel'
import { fieldPropertyName, seriesThingId } from './names.ts'

const refuse = (message: string) => failure('IW_CONNECT_LINE_PROTOCOL', message)

/**
 * The thing that the raw bytes `measurement,key=value…` of a line belong to. A backslash escapes comma and space, in tags
 * also the equals sign; before anything else it is itself (as InfluxDB has it).
 */
export function thingOfSeries(raw: Uint8Array): Result<string> {
  if (!isUtf8(raw)) return refuse('measurement and tags are not UTF-8')
  const [measurement = '', ...pairs] = splitUnescaped(Buffer.from(raw).toString(), ',')
  if (measurement === '') return refuse('missing measurement')
  const tags = new Map<string, string>()
  for (const pair of pairs) {
    const [key = '', value, ...more] = splitUnescaped(pair, '=')
    if (key === '') return refuse('missing tag key')
    if (value === undefined || value === '') return refuse('missing tag value')
    if (more.length > 0) return refuse('invalid tag format: an equals sign in a tag value is written \\=')
    const name = unescapeTag(key)
    if (tags.has(name)) return refuse(`duplicate tag ${name}`)
    tags.set(name, unescapeTag(value))
  }
  return success(seriesThingId(measurement.replace(/\\([, ])/g, '$1'), [...tags]))
}

/** The property that the raw bytes of a field key belong to. */
export function propertyOfField(raw: Uint8Array): Result<string> {
  if (!isUtf8(raw)) return refuse('the field key is not UTF-8')
  return success(fieldPropertyName(unescapeTag(Buffer.from(raw).toString())))
}

const unescapeTag = (text: string): string => text.replace(/\\([,= ])/g, '$1')

/** Splits at each delimiter that no backslash stands before. */
function splitUnescaped(text: string, delimiter: ',' | '='): string[] {
  const parts: string[] = []
  let start = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== delimiter || text[i - 1] === '\\') continue
    parts.push(text.slice(start, i))
    start = i + 1
  }
  parts.push(text.slice(start))
  return parts
}
