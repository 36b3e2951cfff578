import type { JsonSchema, OpenApiDocument, Operation } from './document.ts'
import { exampleOf, typeText } from './schema-text.ts'

/** The document as one HTML page: no script, nothing from elsewhere, readable by any browser and any reader. */
export function docsPage(document: OpenApiDocument): string {
  const groups = byTag(document)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API of Interwork ${html(document.info.version)}</title>
<link rel="stylesheet" href="/api/docs.css">
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header>
<h1>API of Interwork <small>${html(document.info.version)}</small></h1>
<p>${html(document.info.description)} As a file: <a href="/api/v1/openapi.json">openapi.json</a>.</p>
</header>
<nav aria-label="Addresses">${groups.map(navigation).join('')}</nav>
<main id="main" tabindex="-1">
${groups.map(([tag, entries]) => section(tag, entries, document)).join('\n')}
<section aria-labelledby="schemas"><h2 id="schemas">Shapes</h2>
${Object.entries(document.components.schemas).map(shape).join('\n')}
</section>
</main>
</body>
</html>
`
}

interface Entry {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

function byTag({ paths }: OpenApiDocument): [string, Entry[]][] {
  const groups = new Map<string, Entry[]>()
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags[0] ?? 'System'
      groups.set(tag, [...(groups.get(tag) ?? []), { method: method.toUpperCase(), path, operation }])
    }
  return [...groups]
}

function navigation([tag, entries]: [string, Entry[]]): string {
  const links = entries.map(
    ({ method, path, operation }) =>
      `<li><a href="#${operation.operationId}"><b>${method}</b> ${html(path.replace('/api/v1', ''))}</a></li>`,
  )
  return `<h2>${html(tag)}</h2><ul>${links.join('')}</ul>`
}

function section(tag: string, entries: readonly Entry[], document: OpenApiDocument): string {
  const id = `tag-${tag.toLowerCase().replaceAll(/\W+/g, '-')}`
  return `<section aria-labelledby="${id}"><h2 id="${id}">${html(tag)}</h2>
${entries.map((entry) => article(entry, document)).join('\n')}</section>`
}

function article(entry: Entry, document: OpenApiDocument): string {
  const { method, path, operation } = entry
  return `<article aria-labelledby="${operation.operationId}">
<h3 id="${operation.operationId}"><span class="method">${method}</span> <code>${html(path)}</code></h3>
<p><strong>${prose(operation.summary)}.</strong> ${prose(operation.description ?? '')}</p>
${parameterTable(operation)}
${contents('Body', operation.requestBody?.content)}
${Object.entries(operation.responses)
  .filter(([status]) => status !== 'default')
  .map(([status, { content }]) => (content ? contents(`Reply ${status}`, content) : `<p>Reply ${status}, empty.</p>`))
  .join('')}
<pre tabindex="0" aria-label="Example of ${method} ${html(path)}"><code>${html(curl(entry, document))}</code></pre>
</article>`
}

function parameterTable({ operationId, parameters }: Operation): string {
  if (parameters.length === 0) return ''
  const rows = parameters.map(
    ({ name, in: place, required, description, schema }) =>
      `<tr><th scope="row"><code>${html(name)}</code></th><td>${place}${required ? ', required' : ''}</td><td>${html(typeText(schema))}</td><td>${prose(description ?? '')}</td></tr>`,
  )
  return `<div class="wide" tabindex="0" role="region" aria-label="Parameters of ${operationId}"><table><thead><tr><th scope="col">Parameter</th><th scope="col">In</th><th scope="col">Type</th><th scope="col">What it says</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

function contents(title: string, content: Operation['responses'][string]['content']): string {
  return Object.entries(content ?? {})
    .map(([media, { schema }]) => `<p>${title}, <code>${html(media)}</code>: ${shapeLink(schema)}</p>`)
    .join('')
}

function shapeLink(schema: JsonSchema): string {
  const name = /\/([^/]+)$/.exec(String(schema['$ref'] ?? ''))?.[1]
  const note = schema['description'] === undefined ? '' : ` (${prose(String(schema['description']))})`
  return name ? `<a href="#shape-${name}">${name}</a>${note}` : `<code>${html(typeText(schema))}</code>${note}`
}

function shape([name, schema]: [string, JsonSchema]): string {
  const id = `shape-${name}`
  return `<article aria-labelledby="${id}"><h3 id="${id}">${name}</h3>
<pre tabindex="0" aria-label="JSON Schema of ${name}"><code>${html(JSON.stringify(schema, undefined, 2))}</code></pre></article>`
}

/** A command that can be pasted into a terminal on this machine. */
function curl({ method, path, operation }: Entry, document: OpenApiDocument): string {
  const filled = path
    .replace('{thing}', 'pump-1')
    .replace('{property}', 'flow')
    .replace(/\{\w+\}/, 'ID')
  const needed = operation.parameters.filter((one) => one.in === 'query' && (one.required || one.name === 'things'))
  const query = needed.map(({ name }) => `${name}=${name === 'things' ? 'pump-1' : '1'}`).join('&')
  const parts = [
    `curl${method === 'GET' ? '' : ` -X ${method}`} 'http://localhost:7070${filled}${query && `?${query}`}'`,
  ]
  if (operation.parameters.some((one) => one.in === 'header')) parts.push(`-H 'If-Match: "1"'`)
  const [media, body] = Object.entries(operation.requestBody?.content ?? {})[0] ?? []
  if (media === 'application/json') parts.push(`-H 'Content-Type: ${media}'`)
  if (media && body) parts.push(`--data-binary '${bodyExample(media, body.schema, document)}'`)
  return parts.join(' \\\n  ')
}

function bodyExample(media: string, schema: JsonSchema, { components }: OpenApiDocument): string {
  if (media === 'text/plain') return 'pump-1 flow=12.5'
  if (media === 'application/x-www-form-urlencoded') return 'q=SHOW DATABASES'
  return JSON.stringify(exampleOf(schema, components.schemas))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const html = (text: string) => text.replaceAll(/[&<>"']/g, (character) => entities[character]!)

/** Text of the document, with what stands in backticks as code. */
const prose = (text: string) => html(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
