import { createServer } from 'node:net'
import { IwError, systemCode } from '#kernel'

export interface PortsWanted {
  /** Where to begin; taken when all are free. */
  readonly first: number
  /** How many in a row. */
  readonly count: number
  /** How far to move on when one is in use. */
  readonly step: number
}

const tries = 20

/**
 * The first of `count` ports in a row that are free on loopback now. Somebody else may still take one before it is used.
 * Throws `IW_INSTANCE_PORT_TAKEN` after twenty steps.
 */
export async function freePorts({ first, count, step }: PortsWanted): Promise<number> {
  const last = first + (tries - 1) * step
  for (let left = tries, from = first; left > 0; left--, from += step) if (await areFree(from, count)) return from
  throw new IwError('IW_INSTANCE_PORT_TAKEN', `No free port was found from ${first} to ${last + count - 1}`)
}

async function areFree(from: number, count: number): Promise<boolean> {
  for (let port = from; port < from + count; port++) if (!(await isFree(port))) return false
  return true
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => {
      if (systemCode(error) === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
