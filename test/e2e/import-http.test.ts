import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { silentLogger } from '#kernel'
import { type Instance, startInstance } from '../../src/instance/instance.ts'
import { parseSettings } from '../../src/instance/settings/load.ts'

const folders: string[] = []
const instances: Instance[] = []

afterEach(async () => {
  for (const instance of instances.splice(0)) await instance.stop()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

interface Api {
  readonly instance: Instance
  ask(
    method: string,
    path: string,
    body?: object | Uint8Array<ArrayBuffer>,
    // biome-ignore lint/suspicious/noExplicitAny: what the answers are is what is tested
  ): Promise<{ status: number; json: any; text: string }>
}

async function open(data = mkdtempSync(join(tmpdir(), 'iw-import-'))): Promise<Api> {
  folders.push(data)
  const settings = parseSettings('zone: Europe/Berlin\nhttp: { port: 0 }\n', 'test', () => {})
  const instance = await startInstance({ settings: { ...settings, data }, log: silentLogger })
  instances.push(instance)
  const authorization = `Bearer ${readFileSync(join(data, 'token'), 'utf8').trim()}`
  return {
    instance,
    async ask(method, path, body) {
      const isBytes = body instanceof Uint8Array
      const response = await fetch(`${instance.url}/api/v1${path}`, {
        method,
        headers: {
          authorization,
          ...(body && { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' }),
        },
        ...(body && { body: isBytes ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.startsWith('application/json')
      return { status: response.status, text, json: isJson ? JSON.parse(text) : undefined }
    },
  }
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text))
const fileOf = (rows: number) =>
  bytesOf(
    `time,a\n${Array.from({ length: rows }, (_, row) => `${new Date(1.7e12 + row * 1000).toISOString().slice(0, 19)},${row}`).join('\n')}\n`,
  )

const request = (bytes: Uint8Array, more: object = {}) => ({
  name: 'm.csv',
  format: 'csv',
  bytes: bytes.length,
  fingerprint: bytes.length.toString(16).padStart(16, '0'),
  ...more,
})

describe('imports over HTTP', () => {
  it('take a file in chunks; its times are of the zone of the site', async () => {
    const { ask } = await open()
    const file = fileOf(120_000)
    let { status, json } = await ask('POST', '/imports', request(file))
    expect([status, json.offset, json.state]).toEqual([200, 0, 'running'])
    const { id } = json
    while (json.state === 'running')
      ({ json } = await ask(
        'PUT',
        `/imports/${id}/chunks?offset=${json.offset}`,
        file.slice(json.offset, json.offset + 2 ** 21),
      ))
    expect(json).toMatchObject({ state: 'done', rows: 120_000, rejected: 0, from: (1.7e12 - 3_600_000) * 1000 })
    const last = await ask('GET', '/readings/last?things=m')
    expect(last.json.readings).toMatchObject([{ property: 'a', value: 119_999 }])
    expect((await ask('GET', '/imports')).json.imports).toMatchObject([{ id, state: 'done' }])
  })

  it('say what is wrong with a request, and where to go on', async () => {
    const { ask } = await open()
    const file = fileOf(3)
    const { json } = await ask('POST', '/imports', request(file))
    const chunks = `/imports/${json.id}/chunks`
    expect(await ask('PUT', `${chunks}?offset=7`, file)).toMatchObject({
      status: 409,
      json: { code: 'IW_CONNECT_IMPORT_OFFSET', detail: { offset: 0 } },
    })
    expect(await ask('PUT', `${chunks}?offset=0`, new Uint8Array(9 * 2 ** 20))).toMatchObject({ status: 413 })
    expect(await ask('PUT', '/imports/none/chunks?offset=0', file)).toMatchObject({ status: 404 })
    expect(await ask('PUT', chunks, file)).toMatchObject({ status: 400 })
    for (const wrong of [
      { format: 'xls' },
      { bytes: 0 },
      { options: { zone: 'Mars' } },
      { options: { colums: {} } },
      { fingerprint: 'x' },
    ])
      expect(await ask('POST', '/imports', request(file, wrong))).toMatchObject({ status: 400 })
  })

  it('keep the rows that could not be taken, as JSON and as CSV', async () => {
    const { ask } = await open()
    const file = bytesOf(
      `time,a,b\n${Array.from({ length: 30 }, (_, row) => `2026-01-01T00:00:${String(row).padStart(2, '0')}Z,1,x`).join('\n')}\nnever,"say ""no""",x\n`,
    )
    const { json } = await ask('POST', '/imports', request(file))
    const done = await ask('PUT', `/imports/${json.id}/chunks?offset=0`, file)
    expect(done.json).toMatchObject({
      state: 'done',
      rows: 30,
      rejected: 1,
      problems: [{ reason: 'time', lines: [32] }],
    })
    const rejected = await ask('GET', `/imports/${json.id}/rejected`)
    expect(rejected.json.rows).toMatchObject([{ line: 32, column: 'time', value: 'never' }])
    const csv = await ask('GET', `/imports/${json.id}/rejected?format=csv`)
    expect(csv.text).toBe(
      'line,reason,column,value,message,row\r\n32,time,time,never,"""never"" is not a time as the others are","never,""say """"no"""""",x"\r\n',
    )
  })

  it('are jobs: cancelling one cancels the import, stopping the instance does not', async () => {
    const data = mkdtempSync(join(tmpdir(), 'iw-import-'))
    const first = await open(data)
    const file = fileOf(120_000)
    const { json } = await first.ask('POST', '/imports', request(file))
    await first.ask('PUT', `/imports/${json.id}/chunks?offset=0`, file.slice(0, 2 ** 21))
    const jobs = await first.ask('GET', '/jobs')
    expect(jobs.json.jobs).toMatchObject([
      { kind: 'import', title: 'm.csv', state: 'running', unit: 'bytes', total: file.length },
    ])
    await first.instance.stop()
    instances.pop()
    const second = await open(data)
    const again = await second.ask('POST', '/imports', request(file))
    expect(again.json).toMatchObject({ id: json.id, state: 'running' })
    expect(again.json.offset).toBeGreaterThan(0)
    const [job] = (await second.ask('GET', '/jobs')).json.jobs
    expect((await second.ask('DELETE', `/jobs/${job.id}`)).status).toBe(204)
    expect((await second.ask('GET', `/imports/${json.id}`)).json).toMatchObject({ state: 'cancelled' })
  })
})
