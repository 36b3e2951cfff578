import { z } from 'zod'
import { findUnit } from '#kernel'
import { propertyName, thingId } from '#model'
import { encodingName } from './csv/encoding.ts'
import { timeFormats } from './csv/times.ts'
import { isZone } from './csv/zone-clock.ts'

const column = z.string().min(1).max(200).describe('by its header, or its place as #3')

const columnChoice = z
  .strictObject({
    skip: z.boolean().optional().describe('not imported'),
    thing: thingId.optional(),
    property: propertyName.optional(),
    type: z.enum(['number', 'integer', 'boolean', 'string']).optional(),
    unit: z
      .string()
      .refine((code) => findUnit(code) !== undefined, 'not a UCUM code we know, such as kW, Cel, bar, m3/h')
      .optional()
      .describe('of the values in the file'),
  })
  .describe('what becomes of one column')

/** How a file is to be read: everything may be left out, and is then found in its first bytes. */
export const importOptions = z.strictObject({
  thing: thingId.optional().describe('the thing that all readings belong to; default: the name of the file'),
  layout: z
    .enum(['wide', 'long'])
    .optional()
    .describe('wide: a column for each property; long: a row for each reading'),
  timeColumn: z
    .union([column, z.array(column).min(1).max(2)])
    .optional()
    .describe('or two: date and time of day'),
  timeFormat: z.enum(timeFormats).optional().describe('order of year, month and day; excel; or the unit since 1970'),
  zone: z
    .string()
    .max(100)
    .refine(isZone, 'not a zone of the IANA database, such as Europe/Berlin')
    .optional()
    .describe('of times that say none; default: the zone of the site'),
  thingColumn: column.optional(),
  propertyColumn: column.optional(),
  valueColumn: column.optional(),
  qualityColumn: column.optional(),
  unitColumn: column.optional(),
  delimiter: z
    .string()
    .length(1)
    .regex(/^(?:\t|[ -~])$/, 'one ASCII character')
    .optional(),
  quote: z.enum(['"', "'", '']).optional(),
  encoding: z
    .string()
    .max(40)
    .refine((label) => encodingName(label) !== undefined, 'not an encoding such as utf-8, gb18030, latin1')
    .optional(),
  decimal: z.enum(['.', ',']).optional(),
  thousands: z.enum(['.', ',', ' ', "'", '']).optional(),
  header: z.boolean().optional().describe('whether the first row names the columns'),
  skipLines: z.number().int().min(0).max(10_000).optional().describe('lines before the header'),
  columns: z.record(z.string().max(200), columnChoice).optional().describe('by header or place'),
  precision: z.enum(['ns', 'us', 'ms', 's', 'm', 'h']).optional().describe('of line protocol; default ns'),
  maxRejects: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('share of rows that may be bad (after 1,000) before the import pauses; default 0.01'),
})
export type ImportOptions = z.output<typeof importOptions>
