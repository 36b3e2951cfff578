import { z } from 'zod'
import { apiPrefix, jobList, jobView } from '../contract.ts'
import { route } from '../route.ts'

const params = z.object({ job: z.string().max(100).describe('id of the job') })

export const listJobs = route({
  method: 'GET',
  path: `${apiPrefix}/jobs`,
  summary: 'List long work: what runs, and the last 50 that ended',
  description: 'Imports, exports, backups and merges, newest first, since the start of the instance.',
  right: 'system.read',
  reply: jobList,
  handle: (_, { jobs }) => ({ jobs: jobs.list() }),
})

export const getJob = route({
  method: 'GET',
  path: `${apiPrefix}/jobs/{job}`,
  summary: 'How far a job is',
  right: 'system.read',
  params,
  reply: jobView,
  handle: ({ params: { job } }, { jobs }) => jobs.get(job),
})

export const cancelJob = route({
  method: 'DELETE',
  path: `${apiPrefix}/jobs/{job}`,
  summary: 'Cancel a job',
  description: 'Answers once nothing of it runs any more. A job that has ended stays as it is.',
  right: 'thing.manage',
  params,
  reply: null,
  async handle({ params: { job } }, { jobs }) {
    await jobs.cancel(job)
    return undefined
  },
})
