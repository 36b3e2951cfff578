import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * Starts a worker thread from a file beside the caller: `startWorker(import.meta.url, './journal-worker')`. Works from
 * source (`.ts`, with the `source` condition) as well as from the built program (`.js`).
 */
export function startWorker(importMetaUrl: string, relativePath: string, options: WorkerOptions = {}): Worker {
  const fromSource = importMetaUrl.endsWith('.ts')
  const url = new URL(`${relativePath}${fromSource ? '.ts' : '.js'}`, importMetaUrl)
  return new Worker(url, { ...options, execArgv: fromSource ? ['-C', 'source'] : [] })
}
