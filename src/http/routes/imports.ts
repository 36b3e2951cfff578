import { z } from 'zod'
import { apiPrefix } from '../contract.ts'
import { importList, importRequest, importView } from '../imports-contract.ts'
import { followImport } from '../jobs/follow-import.ts'
import { route } from '../route.ts'

const path = `${apiPrefix}/imports`
export const importParams = z.object({ import: z.string().max(100).describe('id of the import') })

export const beginImport = route({
  method: 'POST',
  path,
  summary: 'Begin to import a file, or go on with it',
  description:
    'Say what the file is, then send it with `PUT /imports/{import}/chunks`. The same file with the same options finds its ' +
    'import again, and its `offset` is where to go on: after a break nothing is lost and nothing stored twice.',
  right: 'reading.write',
  body: importRequest,
  reply: importView,
  async handle({ body }, house) {
    const { connect, system } = house
    const { options } = body
    const view = await connect.imports.begin({ ...body, zone: options.zone ?? system().zone })
    followImport(house, view)
    return viewed(view)
  },
})

export const listImports = route({
  method: 'GET',
  path,
  summary: 'List imports',
  description: 'Newest first, the last 1,000 that ended.',
  right: 'reading.read',
  query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(100) }),
  reply: importList,
  async handle({ query: { limit } }, { connect }) {
    return { imports: (await connect.imports.list(limit)).map(viewed) }
  },
})

export const getImport = route({
  method: 'GET',
  path: `${path}/{import}`,
  summary: 'How far an import is',
  right: 'reading.read',
  params: importParams,
  reply: importView,
  handle: async ({ params }, { connect }) => viewed(await connect.imports.get(params.import)),
})

export const cancelImport = route({
  method: 'DELETE',
  path: `${path}/{import}`,
  summary: 'End an import',
  description: 'What was stored stays.',
  right: 'reading.write',
  params: importParams,
  reply: null,
  async handle({ params }, { connect }) {
    await connect.imports.cancel(params.import)
    return undefined
  },
})

type Stored = Awaited<ReturnType<import('#connect').Imports['get']>>

/** With lists that may be changed, as the reply's shape has them. */
export const viewed = ({ plan, problems, series, ...view }: Stored): z.input<typeof importView> => ({
  ...view,
  problems: problems.map((problem) => ({ ...problem, lines: [...problem.lines] })),
  ...(series && { series: [...series] }),
  ...(plan && { plan: { ...plan, columns: [...plan.columns] } }),
})
