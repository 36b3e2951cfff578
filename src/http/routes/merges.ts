import { apiPrefix, jobView } from '../contract.ts'
import { route } from '../route.ts'

export const startMerge = route({
  method: 'POST',
  path: `${apiPrefix}/merges`,
  summary: 'Bring all readings into their final form now',
  description: 'Seals the journal, merges what can be merged, applies retention. It happens by itself too, later.',
  right: 'thing.manage',
  reply: jobView,
  status: 202,
  handle: (_, { jobs, historian }) =>
    jobs.start({ kind: 'merge', title: 'readings', unit: 'rows' }, async (job) => {
      await historian.settle()
      const { level0, days, minutes, hours } = historian.status().storage
      job.progress(days.rows, days.rows)
      return { level0, days, minutes, hours }
    }),
})
