import { type ApiOperation, apiDocument } from '#http'
import { heading, markdownTable, type ReferencePage } from './page.ts'

/** docs/reference/api.md: every address of the HTTP API, as the OpenAPI document has it. */
export const apiPage: ReferencePage = {
  file: 'api.md',
  make: () =>
    [
      heading('HTTP API'),
      'A running instance shows this with shapes and examples at `/api/docs`, and as OpenAPI 3.1 at `/api/v1/openapi.json`.',
      'Times are µs since 1970-01-01 UTC; requests also take ISO 8601, `now` and times before now such as `-1h`. From this',
      'machine no token is needed; from elsewhere send `Authorization: Bearer` with the token of the data folder. Failures',
      'are `{code, message, remedy, detail?, id?}`, see `errors.md`. Bodies are JSON with content type `application/json`',
      'unless said otherwise.',
      '',
      ...[...groups()].flatMap(([group, operations]) => [`## ${group}\n`, ...operations]),
    ].join('\n'),
}

function groups(): Map<string, string[]> {
  const byTag = new Map<string, string[]>()
  for (const [path, methods] of Object.entries(apiDocument('').paths))
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags[0]!
      byTag.set(tag, [...(byTag.get(tag) ?? []), section(`${method.toUpperCase()} ${path}`, operation)])
    }
  return byTag
}

function section(address: string, { summary, description, parameters, requestBody, responses }: ApiOperation): string {
  const rows = parameters.map(({ name, in: place, required, description: says = '' }) => [
    `\`${name}\``,
    required ? `${place}, required` : place,
    says,
  ])
  const parts = [
    `### \`${address}\`\n`,
    `${summary}.${description === undefined ? '' : ` ${description}`}\n`,
    ...(rows.length > 0 ? [markdownTable(['parameter', 'in', 'what it says'], rows)] : []),
    ...(requestBody ? [`Body: ${contentText(requestBody.content)}.\n`] : []),
    ...Object.entries(responses).flatMap(([status, { content }]) =>
      status === 'default' ? [] : [`Reply ${status}${content ? `: ${contentText(content)}` : ', empty'}.\n`],
    ),
  ]
  return parts.join('\n')
}

type Content = NonNullable<ApiOperation['requestBody']>['content']

/** `application/json (Thing)`, by the name of the shape where it has one. */
function contentText(content: Content): string {
  return Object.entries(content)
    .map(([media, { schema }]) => {
      const shape = /\/(\w+)$/.exec(String(schema['$ref'] ?? ''))?.[1]
      return shape ? `\`${media}\` (${shape})` : `\`${media}\``
    })
    .join(' or ')
}
