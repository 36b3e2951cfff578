import { z } from 'zod'
import { importOptions, mostFileBytes } from '#connect'
import { problem, time } from './contract.ts'

/** Shapes of `/api/v1/imports`: files on their way in. */
export const importRequest = z
  .strictObject({
    name: z.string().min(1).max(500).describe('of the file; the thing is named after it where nothing else is told'),
    format: z.enum(['csv', 'parquet', 'lines']).describe('lines: line protocol'),
    bytes: z.number().int().min(1).max(mostFileBytes).describe('size of the file'),
    fingerprint: z
      .string()
      .regex(/^[0-9a-f]{16,128}$/, 'hexadecimal digits')
      .describe(
        'tells the file from others, such as SHA-256 of its first and last MiB; the same goes on where it stopped',
      ),
    options: importOptions.default({}),
    dryRun: z.boolean().default(false).describe('say what would be done; nothing is written'),
    again: z.boolean().default(false).describe('start over even where this file was imported before'),
  })
  .meta({ id: 'ImportRequest' })

const column = z.object({
  header: z.string(),
  role: z.enum(['time', 'reading', 'thing', 'property', 'value', 'quality', 'unit', 'skipped']),
  thing: z.string().optional(),
  property: z.string().optional(),
  type: z.enum(['number', 'integer', 'boolean', 'string']).optional(),
  unit: z.string().optional().describe('UCUM, of the values in the file'),
  storedAs: z.string().optional().describe('the unit of the property, where it is another: values are converted'),
})

const reason = z.enum([
  'cells',
  'quote',
  'time',
  'skipped_hour',
  'number',
  'integer',
  'boolean',
  'text',
  'quality',
  'series',
  'line',
])

export const importView = z
  .object({
    id: z.string(),
    name: z.string(),
    format: z.enum(['csv', 'parquet', 'lines']),
    dryRun: z.boolean(),
    state: z
      .enum(['running', 'paused', 'done', 'failed', 'cancelled'])
      .describe(
        'running: send the bytes from `offset` on; paused: too many bad rows, ask again with a greater maxRejects',
      ),
    bytes: z.number().int(),
    offset: z.number().int().describe('readings of the bytes before it are on disk: go on here'),
    line: z.number().int().describe('number of the line at `offset`'),
    rows: z.number().int().describe('rows or lines taken'),
    totalRows: z.number().int().optional().describe('rows of a Parquet file, once all of it is there'),
    readings: z.number().int(),
    rejected: z.number().int().describe('rows not taken'),
    passedOver: z.number().int().describe('blank lines and headers'),
    from: time.optional(),
    to: time.optional(),
    problems: z.array(
      z.object({
        reason,
        column: z.string().optional(),
        count: z.number().int(),
        lines: z.array(z.number().int()).describe('the first ten'),
        message: z.string().describe('of the first'),
      }),
    ),
    plan: z
      .object({
        layout: z.enum(['wide', 'long']),
        encoding: z.string().optional(),
        delimiter: z.string().optional(),
        decimal: z.string().optional(),
        thousands: z.string().optional(),
        timeFormat: z.string(),
        zone: z.string(),
        headerLines: z.number().int().optional(),
        newestFirst: z.boolean(),
        thing: z.string().optional(),
        columns: z.array(column),
      })
      .optional()
      .describe('how the file is read, once its first bytes are there'),
    series: z
      .array(
        z.object({
          thing: z.string(),
          property: z.string(),
          unit: z.string().optional(),
          type: z.enum(['number', 'integer', 'boolean', 'string']).optional(),
          refusal: z.string().optional().describe('why its rows are not taken'),
        }),
      )
      .optional()
      .describe('the first 50 of a table with a row for each reading'),
    seriesCount: z.number().int().optional(),
    error: problem.pick({ code: true, message: true }).optional(),
    createdAt: time,
    finishedAt: time.optional(),
  })
  .meta({ id: 'Import' })

export const importList = z.object({ imports: z.array(importView) }).meta({ id: 'ImportList' })

export const rejectedList = z
  .object({
    rows: z.array(
      z.object({
        line: z.number().int(),
        reason,
        message: z.string(),
        column: z.string().optional(),
        value: z.string().optional(),
        row: z.string().describe('as it stands in the file, at most 1,000 bytes'),
      }),
    ),
    next: z.number().int().optional().describe('pass as `after` for those that follow'),
  })
  .meta({ id: 'RejectedRows' })

export type ImportRequestBody = z.input<typeof importRequest>
export type ImportPage = z.output<typeof importView>
export type ImportList = z.output<typeof importList>
export type RejectedRows = z.output<typeof rejectedList>
