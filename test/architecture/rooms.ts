/**
 * The permitted imports, DESIGN §2: the one table. A room may import the rooms named; `*` means every room. The map in
 * ARCHITECTURE.md is checked against it.
 */
const libraries = ['modbus', 'sandbox'] as const
const rooms = ['connect', 'identity'] as const
const keeping = ['historian', 'storage'] as const
const core = ['kernel', 'model', 'ports'] as const

export const permittedImports: Readonly<Record<string, readonly string[] | '*'>> = {
  kernel: [],
  model: ['kernel'],
  ports: ['kernel', 'model'],
  modbus: ['kernel', 'model'],
  sandbox: ['kernel', 'model'],
  connect: [...core, ...libraries],
  identity: [...core, ...libraries],
  historian: [...core, ...libraries],
  storage: [...core, ...libraries],
  demo: ['kernel', 'model', ...libraries],
  http: [...core, ...libraries, ...rooms, ...keeping],
  cli: [...core, 'instance'],
  instance: '*',
}
