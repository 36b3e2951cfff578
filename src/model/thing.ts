import { z } from 'zod'
import { findUnit } from '#kernel'

/** A text for people, in English and optionally Chinese. A plain string is taken as English. */
export const localText = z
  .union([
    z.string().min(1).max(200),
    z.strictObject({ en: z.string().min(1).max(200), zh: z.string().min(1).max(200).optional() }),
  ])
  .transform((text) => (typeof text === 'string' ? { en: text } : text))
export type LocalText = z.output<typeof localText>

/** Ids of things: letters and digits of any script, then also `_ . : ~ = , @ -`. They stand in URLs, files and topics. */
export const thingId = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}_.:~=,@-]{0,199}$/u,
    'an id starts with a letter or digit, then letters, digits and _ . : ~ = , @ -',
  )

/** Names of properties: as ids, but a leading underscore is permitted too. */
export const propertyName = z
  .string()
  .regex(
    /^[\p{L}\p{N}_][\p{L}\p{N}_.:~ %/-]{0,127}$/u,
    'a name starts with a letter, digit or _, then letters, digits and _ . : ~ - % / or space',
  )

const range = z
  .strictObject({ min: z.number(), max: z.number() })
  .refine(({ min, max }) => min < max, 'min must be below max')

/** What a person or program may write to a property. Its presence is the opt-in; without it every write is refused. */
export const writeRule = z.strictObject({
  min: z.number().optional().describe('lowest value that may be written, in the unit of the property'),
  max: z.number().optional().describe('highest value that may be written'),
  maxStep: z.number().positive().optional().describe('largest difference to the present value in one write'),
  maxPerMinute: z.number().int().positive().max(600).default(6).describe('writes a minute, all principals together'),
  options: z.array(z.string()).optional().describe('for string properties: the texts that may be written'),
  tolerance: z
    .number()
    .min(0)
    .optional()
    .describe('largest difference between written and read back; default half the resolution'),
  readBackMs: z.number().int().min(0).max(60_000).default(0).describe('how long to wait before reading back'),
})
export type WriteRule = z.output<typeof writeRule>

/** What a machine does, derived from its state property. */
export const machineState = z.enum(['running', 'idle', 'stopped', 'down'])
export type MachineState = z.output<typeof machineState>

export const propertyDefinition = z.strictObject({
  name: propertyName,
  title: localText.optional(),
  type: z.enum(['number', 'integer', 'boolean', 'string']),
  unit: z
    .string()
    .refine((code) => findUnit(code) !== undefined, 'not a UCUM code we know, such as kW, Cel, bar, m3/h')
    .optional(),
  decimals: z.number().int().min(0).max(9).optional().describe('digits after the point that the sensor resolves'),
  range: range.optional().describe('what the sensor can measure; outside: quality out_of_range'),
  normal: range.optional().describe('the normal band shown behind the value'),
  enum: z.array(z.string()).optional().describe('for strings: the states there are'),
  leading: z.boolean().optional().describe('shown first: on the card of the machine and at the top of its page'),
  states: z
    .record(z.string(), machineState)
    .optional()
    .describe('makes this the state property: its texts and what they mean'),
  everyMs: z
    .number()
    .int()
    .min(10)
    .max(86_400_000)
    .optional()
    .describe('interval of polling; default: that of the connection'),
  address: z.unknown().optional().describe('where the value is, in the words of the protocol; checked by its driver'),
  write: writeRule.optional(),
})
export type PropertyDefinition = z.output<typeof propertyDefinition>

export const thingDefinition = z
  .strictObject({
    id: thingId,
    title: localText.optional(),
    description: localText.optional(),
    area: localText.optional().describe('where it stands; things of one area are shown together'),
    profile: z.string().optional().describe('the profile its properties came from, as maker/name'),
    connection: z
      .looseObject({ protocol: z.string() })
      .optional()
      .describe('how it is reached; absent for things that send by themselves. Checked by the driver of the protocol'),
    properties: z.array(propertyDefinition).max(20_000),
  })
  .superRefine((thing, context) => {
    const seen = new Set<string>()
    for (const [index, { name }] of thing.properties.entries()) {
      if (seen.has(name))
        context.addIssue({ code: 'custom', path: ['properties', index, 'name'], message: `"${name}" occurs twice` })
      seen.add(name)
    }
  })
export type ThingDefinition = z.output<typeof thingDefinition>
export type ThingDefinitionInput = z.input<typeof thingDefinition>

/** Where the definition of a thing comes from: only `database` things can be changed through the API. */
export type ThingOrigin = 'database' | 'settings' | 'ingest'

/** A thing as the registry keeps it. `version` grows with every change. */
export interface Thing extends ThingDefinition {
  readonly origin: ThingOrigin
  readonly version: number
  readonly createdAt: number
}
