import type { JsonSchema } from './document.ts'

/** A schema in a few words: `integer, 1 to 500, else 100`. */
export function typeText(schema: JsonSchema): string {
  const { minimum, maximum, default: usual, enum: options } = schema
  const words = [options ? (options as unknown[]).map(String).join(' | ') : baseText(schema)]
  if (minimum !== undefined && maximum !== undefined) words.push(`${minimum} to ${maximum}`)
  else if (minimum !== undefined) words.push(`from ${minimum}`)
  if (usual !== undefined) words.push(`else ${usual}`)
  return words.join(', ')
}

function baseText(schema: JsonSchema): string {
  if (schema['$ref'] !== undefined) return String(schema['$ref']).split('/').at(-1)!
  const choices = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(choices)) return choices.map((one) => typeText(one as JsonSchema)).join(' | ')
  if (schema['const'] !== undefined) return JSON.stringify(schema['const'])
  const type = schema['type'] ?? 'any'
  return Array.isArray(type) ? type.join(' | ') : String(type)
}

/** A small value that a schema describes: what it requires, nothing else. */
export function exampleOf(schema: JsonSchema, named: Readonly<Record<string, JsonSchema>>, depth = 0): unknown {
  const reference = schema['$ref']
  if (typeof reference === 'string') return exampleOf(named[reference.split('/').at(-1)!] ?? {}, named, depth)
  const choices = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(choices)) return exampleOf(choices.at(depth === 0 ? -1 : 0) as JsonSchema, named, depth + 1)
  if (Array.isArray(schema['enum'])) return schema['enum'][0]
  const type = schema['type']
  switch (Array.isArray(type) ? type[0] : type) {
    case 'object': {
      const required = (schema['required'] ?? []) as readonly string[]
      const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>
      return Object.fromEntries(required.map((name) => [name, exampleOf(properties[name] ?? {}, named, depth + 1)]))
    }
    case 'array':
      return []
    case 'number':
    case 'integer':
      return 1
    case 'boolean':
      return true
    default:
      return 'text'
  }
}
