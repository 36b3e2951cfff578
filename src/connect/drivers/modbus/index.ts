import type { ModbusClientOptions } from '#modbus'
import type { Driver } from '#ports'
import { checkModbusThing } from './check.ts'
import { Links } from './links.ts'
import { ModbusSession } from './session.ts'

/** Modbus over TCP, RTU over TCP and serial lines. `client` is for tests: other pauses, other wires. */
export function createModbusDriver(client: Partial<ModbusClientOptions> = {}): Driver {
  const random = client.random ?? Math.random
  const links = new Links(client)
  return {
    protocol: 'modbus',
    check: checkModbusThing,
    open: (definition, context) => new ModbusSession(definition, { ...context, links, random }),
    close: async () => links.close(),
  }
}
