import { type ChildProcess, fork, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** How `npm start` starts the built program: flags of Node and what is added to the environment. */
export const launch: { readonly flags: readonly string[]; readonly environment: Readonly<Record<string, string>> } =
  JSON.parse(readFileSync(join(root, 'scripts', 'launch.json'), 'utf8'))

/** An instance of the built program, started for a bench in a folder of its own. */
export interface Instance {
  readonly pid: number
  readonly url: string
  get<T>(path: string): Promise<T>
  stop(): Promise<void>
}

/**
 * Starts the built program (`npm run build` first) with the settings given; resolves when it answers. `data`: a data folder
 * there is already; it stays.
 */
export async function startInstance(settings: object, data?: string): Promise<Instance> {
  const folder = mkdtempSync(join(process.env['IW_BENCH_DATA'] ?? tmpdir(), 'interwork-bench-'))
  const file = join(folder, 'interwork.yaml')
  writeFileSync(file, JSON.stringify(settings))
  const arguments_ = [
    join(root, 'dist/program/main.js'),
    'start',
    '--config',
    file,
    '--data',
    data ?? join(folder, 'data'),
    '--port',
    '0',
  ]
  const child = spawn(process.execPath, [...launch.flags, ...arguments_, '--json'], {
    env: { ...process.env, ...launch.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { url } = await firstLine<{ url: string }>(child)
  return {
    pid: child.pid!,
    url,
    async get<T>(path: string) {
      const reply = await fetch(`${url}${path}`)
      if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`)
      return (await reply.json()) as T
    },
    async stop() {
      await ended(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Starts a module of the bench as a process of its own; resolves with the first line it prints, as JSON. */
export async function startLoad<T>(
  module: string,
  arguments_: readonly string[] = [],
): Promise<T & { stop(): Promise<void> }> {
  const child = fork(join(import.meta.dirname, module), [...arguments_], {
    execArgv: ['-C', 'source'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  return { ...(await firstLine<T>(child)), stop: () => ended(child) }
}

/** The first line of JSON that a child prints; rejects when it ends before. */
export function firstLine<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.once('exit', (code) => reject(new Error(`ended with code ${code} before it was ready: ${text}`)))
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const line = text.split('\n').find((candidate) => candidate.startsWith('{') && candidate.endsWith('}'))
      if (line) resolve(JSON.parse(line) as T)
    })
  })
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), 10_000).unref()
  })
}
