import { settingsJsonSchema } from '#instance'
import { heading, markdownTable, type ReferencePage } from './page.ts'

/** The parts of a JSON Schema that the page shows. */
interface Schema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

/** Shown on the page; the test of the page reads it as settings. */
export const example = `name: old-mill
title: { en: Old Mill, zh: 老磨坊 }
zone: Europe/Berlin
http:
  port: 7070
things:
  - id: pump-1
    title: Pump 1
    area: Pump house
    connection: { protocol: modbus, host: 10.0.0.7, unit: 3 }
    properties:
      - { name: flow, type: number, unit: m3/h, address: 'hr100:float32' }`

/** docs/reference/settings.md: every key of interwork.yaml. */
export const settingsPage: ReferencePage = {
  file: 'settings.md',
  async make() {
    const schema = (await settingsJsonSchema()) as Schema
    const things = schema.properties?.['things']?.items?.anyOf?.[0]
    return [
      heading('Settings: interwork.yaml'),
      'No settings are needed. Where there is an `interwork.yaml` in the folder a command runs in (or `--config` names one), it',
      'wins over what is in the database and is read-only in the console; changes apply on restart. `interwork config check`',
      'tells what is wrong with line, path and the nearest valid key; `interwork config schema` prints the JSON Schema.',
      '',
      `\`\`\`yaml\n${example}\n\`\`\``,
      '',
      markdownTable(['key', 'type', 'default', 'meaning'], rowsOf(schema, '', ['things'])),
      '## things',
      '',
      'Each is a definition as `POST /api/v1/things` takes it: complete as below, or `profile`, `id` and `connection`, with the',
      'rest from the profile. What `connection` and `address` hold is the business of the protocol: see the guide.',
      '',
      markdownTable(['key', 'type', 'default', 'meaning'], things ? rowsOf(things, '', []) : []),
    ].join('\n')
  },
}

/** A row for every key, those of sections by their path; `opaque` ones are not entered. */
function rowsOf(schema: Schema, prefix: string, opaque: readonly string[]): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const path = `${prefix}${key}`
    const row = [`\`${path}\``, typeText(value), defaultText(value), value.description ?? '']
    if (opaque.includes(path) || isText(value)) return [row]
    const inner = value.items?.properties
      ? rowsOf(value.items, `${path}[].`, opaque)
      : rowsOf(value, `${path}.`, opaque)
    return [row, ...inner]
  })
}

/** A text in one or two languages. */
const isText = ({ anyOf }: Schema): boolean =>
  anyOf?.some(({ properties }) => properties?.['en'] !== undefined) ?? false

function typeText(schema: Schema): string {
  if (isText(schema)) return 'text, or {en, zh}'
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(' or ')
  if (schema.items?.anyOf) return 'list'
  if (schema.items) return `list of ${typeText(schema.items)}`
  if (schema.properties) return 'section'
  const { type = 'any', minimum, maximum } = schema
  const huge = Number.MAX_SAFE_INTEGER
  const low = minimum !== undefined && minimum > -huge ? `from ${minimum}` : ''
  const high = maximum !== undefined && maximum < huge ? `to ${maximum}` : ''
  return [type, low, high].filter(Boolean).join(' ')
}

const defaultText = ({ default: value, properties }: Schema): string =>
  value === undefined || properties ? '' : `\`${JSON.stringify(value)}\``
