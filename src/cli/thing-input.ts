import { UsageError } from './exit-codes.ts'

/** `connection` of a thing, in the words of the Modbus driver. */
export interface Connection {
  readonly protocol: string
  readonly [key: string]: unknown
}

/**
 * The connection an address means. Further settings of the driver go behind the question mark, by their own names:
 * `modbus-tcp://10.0.0.7?unit=3&everyMs=500`. Throws `UsageError`.
 */
export function parseAddress(text: string): Connection {
  const url = parseUrl(text)
  const settings = Object.fromEntries([...url.searchParams].map(([key, value]) => [key, numberOrText(value)]))
  const scheme = url.protocol.slice(0, -1)
  if (scheme === 'modbus-rtu') {
    if (url.pathname === '') throw new UsageError(`"${text}" names no serial port: modbus-rtu:/dev/ttyUSB0`)
    return { protocol: 'modbus', transport: 'rtu', path: url.pathname, ...settings }
  }
  if (scheme !== 'modbus-tcp' && scheme !== 'modbus-rtu-tcp')
    throw new UsageError(`"${scheme}" is not one of modbus-tcp, modbus-rtu-tcp, modbus-rtu`)
  if (url.hostname === '') throw new UsageError(`"${text}" names no host: ${scheme}://host:502`)
  return {
    protocol: 'modbus',
    transport: scheme === 'modbus-tcp' ? 'tcp' : 'rtu-over-tcp',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    ...(url.port !== '' && { port: Number(url.port) }),
    ...settings,
  }
}

/** An id made of where the machine is: `sdm630-10.0.0.7-3`. */
export function suggestedId(connection: Connection, profile: string | undefined): string {
  const kind = profile?.split('/').at(-1) ?? connection.protocol
  const { host, path, port, unit } = connection
  const place = String(host ?? path).replace(/^\/dev\//, '')
  return [kind, place, port, unit]
    .filter((part) => part !== undefined)
    .join('-')
    .replace(/[^\p{L}\p{N}_.:~=,@-]/gu, '-')
}

/**
 * A property of the form `name=address,key=value…`: `temperature=hr100:float32:CDAB,unit=Cel,title=Outlet`. Its type comes
 * from the address unless `type=` says it. Throws `UsageError`.
 */
export function parseProperty(text: string): object {
  const [first = '', ...rest] = text.split(',')
  const [name, address] = halves(first)
  if (name === '' || address === '') throw new UsageError(`"${text}" is not name=address, as temperature=hr100:float32`)
  const fields = Object.fromEntries(rest.map(halves))
  const { every, decimals, ...others } = fields
  return {
    name,
    type: typeOf(address),
    address,
    ...(every !== undefined && { everyMs: numberOrText(every) }),
    ...(decimals !== undefined && { decimals: numberOrText(decimals) }),
    ...others,
  }
}

/** Bits are true or false, unscaled whole numbers are exact, texts are texts, all else are numbers. */
function typeOf(address: string): 'boolean' | 'string' | 'integer' | 'number' {
  const [place = '', as = 'uint16'] = address.split(':')
  if (/^(co|di)/.test(place) || place.includes('.') || as === 'bool') return 'boolean'
  if (as.startsWith('string')) return 'string'
  return /^(u?int|bcd)\d+$/.test(as) ? 'integer' : 'number'
}

function halves(text: string): [string, string] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text, ''] : [text.slice(0, equals).trim(), text.slice(equals + 1).trim()]
}

const numberOrText = (text: string): number | string => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text)

function parseUrl(text: string): URL {
  try {
    return new URL(text)
  } catch {
    throw new UsageError(`"${text}" is not an address such as modbus-tcp://10.0.0.7:502?unit=1`)
  }
}
