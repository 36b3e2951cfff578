import { formatNames, isoTime } from './address.ts'
import type { Span } from './zoom.ts'

/** What is taken along: properties over a range, and where from. */
export interface Taken {
  /** Scheme, host and port of the instance. */
  readonly origin: string
  readonly names: readonly string[]
  readonly span: Span
  /** Asked from another machine: without a token it is refused. */
  readonly needsToken: boolean
}

export type SnippetKind = 'pandas' | 'sql' | 'api'
export const snippetKinds: readonly SnippetKind[] = ['pandas', 'sql', 'api']
export type FileFormat = 'csv' | 'parquet' | 'arrow'
export const fileFormats: readonly FileFormat[] = ['csv', 'parquet', 'arrow']

/** Stands where the token goes. */
const tokenName = 'INTERWORK_TOKEN'

/** Address of readings as a file. Slashes, commas and colons stay legible. */
export function readingsAddress(
  names: readonly string[],
  span: Span,
  format: FileFormat,
  layout: 'long' | 'wide',
): string {
  const query = new URLSearchParams({ properties: formatNames(names), from: isoTime(span.from), to: isoTime(span.to) })
  query.set('format', format)
  query.set('layout', layout)
  return `/api/v1/readings?${legible(query)}`
}

const legible = (query: URLSearchParams): string =>
  query.toString().replaceAll('%2F', '/').replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('+', '%20')

/** Code that reads what is on the screen; it runs as it stands. */
export function snippet(kind: SnippetKind, taken: Taken): string {
  return { pandas: pandasSnippet, sql: sqlSnippet, api: apiSnippet }[kind](taken)
}

function pandasSnippet({ origin, names, span, needsToken }: Taken): string {
  const address = readingsAddress(names, span, 'arrow', 'wide')
  const [path, query] = address.split('?') as [string, string]
  const [properties, ...rest] = query.split('&') as [string, ...string[]]
  const lines = [
    'import pandas as pd',
    ...(needsToken ? ['import os'] : []),
    '',
    'df = pd.read_feather(',
    `    ${pythonText(`${origin}${path}`)}`,
    `    ${pythonText(`?${properties}`)}`,
    `    ${pythonText(`&${rest.join('&')}`)},`,
    ...(needsToken ? [`    storage_options={"Authorization": "Bearer " + os.environ["${tokenName}"]},`] : []),
    ')',
    'df = df.set_index("time")',
  ]
  return lines.join('\n')
}

const pythonText = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

/** One SELECT for the SQL page, `POST /sql` or the command line. */
function sqlSnippet({ names, span }: Taken): string {
  const wanted = names.map((name) => {
    const slash = name.indexOf('/')
    return `(${sqlText(name.slice(0, slash))}, ${sqlText(name.slice(slash + 1))})`
  })
  return [
    'SELECT time, thing, property, value, unit',
    'FROM readings',
    `WHERE (thing, property) IN (${wanted.join(', ')})`,
    `  AND time >= TIMESTAMPTZ '${isoTime(span.from)}'`,
    `  AND time < TIMESTAMPTZ '${isoTime(span.to)}'`,
    'ORDER BY time',
  ].join('\n')
}

const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`

function apiSnippet({ origin, names, span, needsToken }: Taken): string {
  const header = needsToken ? ` -H "Authorization: Bearer $${tokenName}"` : ''
  return `curl -s${header} ${shellText(`${origin}${readingsAddress(names, span, 'csv', 'long')}`)}`
}

const shellText = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** A name for a file that says what is in it. */
export function fileName(names: readonly string[], span: Span, format: FileFormat): string {
  const first = names[0]?.replace(/[^\p{L}\p{N}._-]+/gu, '-') ?? 'readings'
  const more = names.length > 1 ? `-and-${names.length - 1}-more` : ''
  return `${first}${more}-${isoTime(span.from).slice(0, 16).replace(':', '')}.${format}`
}
