import { z } from 'zod'
import { connectLimits } from '#connect'
import { historianDefaults } from '#historian'
import { httpSettings } from '#http'
import { localText, thingDefinition, thingId } from '#model'
import { usualFolder } from '../names.ts'
import { retentionSettings } from './retention.ts'

const megabytes = 1024 * 1024

/** A thing whose properties come from a profile; the connect room joins the two at start. */
const thingFromProfile = z.strictObject({
  id: thingId,
  profile: z.string().describe('the profile its properties come from, as maker/name'),
  title: localText.optional(),
  description: localText.optional(),
  area: localText.optional(),
  connection: z.looseObject({}).optional().describe('how it is reached, over what the profile says'),
  properties: z
    .array(z.looseObject({ name: z.string() }))
    .optional()
    .describe('changes to single properties of the profile, by name, or further ones'),
})

const zone = z.string().refine(isZone, 'not an IANA time zone, such as Europe/Berlin or Asia/Shanghai')

/**
 * `interwork.yaml`: the one truth for types, defaults, checks, the JSON Schema and docs/reference/settings.md. No file is
 * needed; every key has a default.
 */
export const settingsSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'small letters, digits and - only, at most 63')
    .default('interwork')
    .describe('short name of this instance, as in host names'),
  title: localText.optional().describe('name for people, in English and Chinese; default: the name'),
  zone: zone.optional().describe('IANA time zone of the site; default: that of the machine'),
  data: z
    .string()
    .min(1)
    .default(usualFolder)
    .describe('data folder; relative to this file, or to the working folder where there is none'),
  database: z
    .string()
    .regex(/^postgres(ql)?:\/\/\S+$/, 'a postgres:// address')
    .optional()
    .describe('PostgreSQL instead of state.db in the data folder, as postgres://user:password@host/name'),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('the least that is logged'),
      format: z
        .enum(['auto', 'json', 'lines'])
        .default('auto')
        .describe('JSON or lines for people; auto: lines at a terminal, else JSON'),
    })
    .prefault({})
    .describe('log, on the standard error'),
  http: httpSettings.prefault({}).describe('console and API'),
  historian: z
    .strictObject({
      url: z
        .string()
        .regex(/^clickhouses?:\/\/\S+$/, 'a clickhouse:// address')
        .optional()
        .describe(
          'ClickHouse instead of files in the data folder, as clickhouse://user:password@host:8123/database; clickhouses:// over TLS',
        ),
      headBytes: z
        .number()
        .int()
        .min(megabytes)
        .default(historianDefaults.headBytes)
        .describe('memory for the newest readings'),
      segmentBytes: z
        .number()
        .int()
        .min(megabytes)
        .default(historianDefaults.segmentBytes)
        .describe('size of a journal segment; a full one is sorted into a part'),
      retention: retentionSettings.prefault({}).describe('how long readings are kept'),
    })
    .prefault({})
    .describe('time series'),
  backup: z
    .strictObject({
      folder: z
        .string()
        .min(1)
        .optional()
        .describe('where backups are kept, best on another disk; default: backups/ in the data folder'),
      every: z
        .enum(['never', 'day', 'week'])
        .default('never')
        .describe('make one by itself: every day or week, at night, at 02:30 of the site'),
      keep: z.number().int().min(1).max(1_000).default(7).describe('of those made by itself, the newest are kept'),
    })
    .prefault({})
    .describe('backups'),
  connect: z
    .strictObject({
      profiles: z.string().optional().describe('folder with profiles; default: those that come with Interwork'),
      limits: connectLimits.prefault({}).describe('bounds'),
    })
    .prefault({})
    .describe('machines'),
  things: z
    .array(z.union([thingDefinition, thingFromProfile]))
    .max(10_000)
    .default([])
    .describe('machines defined here; the console shows them read-only'),
})
export type Settings = z.output<typeof settingsSchema>

/** The JSON Schema of `interwork.yaml`, for editors. */
export const settingsJsonSchema = (): Record<string, unknown> =>
  z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
