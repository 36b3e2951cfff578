import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import type { ImportRequestBody } from '#instance'
import { UsageError } from '../exit-codes.ts'
import type { FileToSend } from './send-file.ts'

/** What the command line says of how a file is read. */
export interface ImportWords {
  readonly format?: ImportRequestBody['format']
  readonly thing?: string
  readonly zone?: string
  readonly timeColumn?: string[]
  readonly timeFormat?: string
  readonly layout?: string
  readonly decimal?: string
  readonly thousands?: string
  readonly delimiter?: string
  readonly encoding?: string
  readonly map?: string
  readonly precision?: string
  readonly maxRejects?: string
}

/** The request that begins the import of a file; the command line wins over the file of `--map`. Throws `UsageError`. */
export async function importRequestOf(
  folder: string,
  file: FileToSend,
  words: ImportWords,
): Promise<ImportRequestBody> {
  const mapped = words.map === undefined ? {} : await mapOf(resolve(folder, words.map))
  const told = {
    thing: words.thing,
    zone: words.zone,
    timeColumn: words.timeColumn?.length === 1 ? words.timeColumn[0] : words.timeColumn,
    timeFormat: words.timeFormat,
    layout: words.layout,
    decimal: words.decimal,
    thousands: words.thousands,
    delimiter: words.delimiter === 'tab' || words.delimiter === '\\t' ? '\t' : words.delimiter,
    encoding: words.encoding,
    precision: words.precision,
    maxRejects: words.maxRejects === undefined ? undefined : shareOf(words.maxRejects),
  }
  const set = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined))
  return {
    name: file.name,
    format: words.format ?? formatOf(file),
    bytes: file.bytes,
    fingerprint: file.fingerprint,
    // The instance checks every field and names the wrong one.
    options: { ...mapped, ...set } as NonNullable<ImportRequestBody['options']>,
  }
}

async function mapOf(path: string): Promise<Record<string, unknown>> {
  let map: unknown
  try {
    map = parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`)
  }
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    throw new UsageError(`${path} has to hold fields, such as "thing: press-3"`)
  return map as Record<string, unknown>
}

function shareOf(text: string): number {
  const share = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text)
  if (text.trim() === '' || !(share >= 0 && share <= 1))
    throw new UsageError(`--max-rejects takes a share such as 0.05 or 5%, not "${text}"`)
  return share
}

/** By its first bytes, else by its name; a table where neither says anything. */
function formatOf({ name, head }: FileToSend): ImportRequestBody['format'] {
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return 'parquet'
  return /\.(?:lp|line|lines|influx|line-protocol)$/i.test(name) ? 'lines' : 'csv'
}
