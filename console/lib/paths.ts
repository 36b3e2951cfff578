/** An address with entries of its query changed; `undefined` and empty ones are left out. Colons, commas and slashes stay legible. */
export function withQuery(
  path: string,
  base: URLSearchParams,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined || value === '') base.delete(key)
    else base.set(key, value)
  }
  const text = base.toString().replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%2F', '/')
  return text === '' ? path : `${path}?${text}`
}

/** A page by its path: `:name` matches one segment. */
export function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split('/')
  const given = path.replace(/(?<=.)\/$/, '').split('/')
  if (wanted.length !== given.length) return undefined
  const parameters: Record<string, string> = {}
  for (const [index, segment] of wanted.entries()) {
    const actual = given[index]!
    if (segment.startsWith(':')) {
      const value = decode(actual)
      if (value === undefined || value === '') return undefined
      parameters[segment.slice(1)] = value
    } else if (segment !== actual) return undefined
  }
  return parameters
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
