import { createReadStream, statSync } from 'node:fs'
import { z } from 'zod'
import { apiPrefix, exportList, jobView } from '../contract.ts'
import { exportAll } from '../exports/export-all.ts'
import { exportedFile, exportsFolder, listExports, removeExport } from '../exports/export-folder.ts'
import { sqlOf } from '../formats/parquet.ts'
import { attach } from '../formats/send.ts'
import { route } from '../route.ts'

const params = z.object({ export: z.string().max(100).describe('id of the export') })

export const startExport = route({
  method: 'POST',
  path: `${apiPrefix}/exports`,
  summary: 'Write everything into a folder that a stranger can read',
  description:
    'Readings by day and rollups as Parquet, things, tags, events and commands, a README that says how to read it, and checksums. A job: its `result` is the export with its files.',
  right: 'thing.manage',
  reply: jobView,
  status: 202,
  handle(_, house) {
    sqlOf(house)
    return house.jobs.start({ kind: 'export', title: 'everything', unit: 'rows' }, (job) => exportAll(house, job))
  },
})

export const getExports = route({
  method: 'GET',
  path: `${apiPrefix}/exports`,
  summary: 'List the exports that are there, newest first',
  right: 'reading.read',
  reply: exportList,
  handle: (_, { folder }) => ({ folder: exportsFolder(folder), exports: listExports(folder) }),
})

export const getExportFile = route({
  method: 'GET',
  path: `${apiPrefix}/exports/{export}/files/{file}`,
  summary: 'Fetch a file of an export',
  right: 'reading.read',
  params: params.extend({ file: z.string().max(300).describe('its name; write `/` as `%2F`') }),
  reply: { media: 'application/octet-stream', description: 'the file as it is' },
  handle({ params: { export: id, file } }, { folder }, answer) {
    const path = exportedFile(folder, id, file)
    attach(answer, file.slice(file.lastIndexOf('/') + 1)).header('content-length', statSync(path).size)
    return answer.type('application/octet-stream').send(createReadStream(path))
  },
})

export const deleteExport = route({
  method: 'DELETE',
  path: `${apiPrefix}/exports/{export}`,
  summary: 'Remove an export',
  right: 'thing.manage',
  params,
  reply: null,
  handle({ params: { export: id } }, { folder }) {
    removeExport(folder, id)
    return undefined
  },
})
