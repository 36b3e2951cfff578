import { readFileSync } from 'node:fs'
import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { join } from 'node:path'
import { type ErrorCode, errorCatalogue, IwError } from '#kernel'
import { type InstanceFile, readInstanceFile } from '../instance-file.ts'
import { eventsOf } from './event-stream.ts'

/** One request. `body` goes as JSON. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly body?: unknown
  /** Sent as they are, in place of `body`. */
  readonly bytes?: Uint8Array
  readonly accept?: string
}

type Running = NonNullable<InstanceFile['running']>

const answerWithinMs = 70_000

/** Speaks HTTP to the instance that runs on a data folder, with the token that is in it. */
export class ApiClient {
  readonly url: string
  readonly #token: string
  readonly #certificate: string | undefined

  constructor({ url, certificate }: Pick<Running, 'url' | 'certificate'>, token: string) {
    this.url = url
    this.#token = token
    this.#certificate = certificate === undefined ? undefined : readFileSync(certificate, 'utf8')
  }

  /** The answer's JSON; undefined where it has none. A problem is thrown with its code; no answer as `IW_INSTANCE_NOT_RUNNING`. */
  async json<T>(path: string, options: ApiRequest = {}): Promise<T> {
    const text = await this.text(path, options)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  async text(path: string, options: ApiRequest = {}): Promise<string> {
    const response = await this.#send(path, options, answerWithinMs)
    const text = await bodyOf(response)
    if ((response.statusCode ?? 500) < 400) return text
    throw problemOf(text, response.statusCode)
  }

  /** The bytes of an answer as they come. An aborted `signal` ends it with an error. */
  async *download(path: string, signal: AbortSignal, options: ApiRequest = {}): AsyncGenerator<Buffer> {
    const response = await this.#send(path, { accept: '*/*', ...options }, answerWithinMs * 60, signal)
    if (response.statusCode !== 200) throw problemOf(await bodyOf(response), response.statusCode)
    for await (const piece of response) yield piece as Buffer
  }

  /** The messages of a live stream until it ends or `signal` is aborted. */
  async *events<T>(path: string, signal: AbortSignal): AsyncIterable<T> {
    const response = await this.#send(path, { accept: 'text/event-stream' }, 0, signal)
    if (response.statusCode !== 200) throw problemOf(await bodyOf(response), response.statusCode)
    response.setEncoding('utf8')
    for await (const data of eventsOf(response)) yield JSON.parse(data) as T
  }

  async #send(path: string, options: ApiRequest, timeout: number, signal?: AbortSignal): Promise<IncomingMessage> {
    const body = options.bytes ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
    const headers: Record<string, string | number> = {
      accept: options.accept ?? 'application/json',
      authorization: `Bearer ${this.#token}`,
    }
    if (body !== undefined) {
      headers['content-type'] = options.bytes ? 'application/octet-stream' : 'application/json'
      headers['content-length'] = Buffer.byteLength(body)
    }
    const url = new URL(path, this.url)
    const outgoing = await this.#open(url, {
      method: options.method ?? 'GET',
      headers,
      timeout,
      ...(signal && { signal }),
    })
    return await answerOf(outgoing, body, this.url)
  }

  /** Over TLS, trusts the instance's own certificate and nothing else: it is named in the same folder as the token. */
  async #open(url: URL, options: RequestOptions): Promise<ClientRequest> {
    if (url.protocol !== 'https:') return request(url, options)
    const https = await import('node:https')
    const ca = this.#certificate
    return https.request(url, { ...options, ...(ca !== undefined && { ca, checkServerIdentity: () => undefined }) })
  }
}

/**
 * A client of the instance that runs on the first of the folders that has one.
 * Throws `IW_INSTANCE_NOT_RUNNING` naming the folder where none has.
 */
export function clientFor(folders: readonly string[]): ApiClient {
  for (const folder of folders) {
    const running = readInstanceFile(folder)?.running
    if (running && isAlive(running.pid))
      return new ApiClient(running, readFileSync(join(folder, 'token'), 'utf8').trim())
  }
  throw new IwError('IW_INSTANCE_NOT_RUNNING', `No instance runs on ${folders.join(' or ')}`)
}

/** Whether a process with this id is there; one of another user counts. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}

function answerOf(
  outgoing: ClientRequest,
  body: string | Uint8Array | undefined,
  url: string,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) => reject(new IwError('IW_INSTANCE_NOT_RUNNING', `${url}: ${cause.message}`, { cause }))
    outgoing.once('response', resolve)
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')))
    outgoing.once('error', fail)
    outgoing.end(body)
  })
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** The failure an answer describes. A code of a newer version keeps its name in the message. */
function problemOf(text: string, status: number | undefined): IwError {
  let problem: { code?: string; message?: string; detail?: Record<string, unknown> } = {}
  try {
    problem = JSON.parse(text) as typeof problem
  } catch {
    problem = { message: text.slice(0, 200) }
  }
  const { code = '', message = `HTTP ${status}`, detail } = problem
  if (code in errorCatalogue) return new IwError(code as ErrorCode, message, detail ? { detail } : {})
  return new IwError('IW_KERNEL_BUG', `${code} ${message}`.trim())
}
