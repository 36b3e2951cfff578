import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock, Logger } from '#kernel'
import { Child } from '#sandbox'
import type { FileLayer } from '../files/file-layer.ts'
import type { MergeAnswer, MergeAsk, MergeProgress } from './job.ts'

/** Where jobs are done. */
export interface Merger {
  run(
    ask: Omit<MergeAsk, 'temporary'>,
    signal: AbortSignal,
    onProgress: (progress: MergeProgress) => void,
  ): Promise<MergeAnswer>
  close(): Promise<void>
}

/** Beyond this the child ends itself rather than endanger the machine; numbers take 250 MB of it, days of long texts 450. */
const childBytes = 640 * 2 ** 20
const childHeapMegabytes = 128
/** DuckDB's blocks go back to the system when they are freed; without these a second file finds twice the memory taken. */
const givesMemoryBack = {
  MALLOC_ARENA_MAX: '1',
  NODE_OPTIONS: '--max-semi-space-size=2',
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TRIM_THRESHOLD_: '131072',
}

/** In a child process, which is started by the first job and ended after 30 s without one. */
export function mergerInChild(root: string, clock: Clock, log: Logger): Merger {
  const child = new Child<MergeAsk, MergeAnswer>({
    name: 'merge',
    importMetaUrl: import.meta.url,
    module: './merge-child',
    environment: givesMemoryBack,
    heapMegabytes: childHeapMegabytes,
    memoryLimitBytes: childBytes,
    clock,
    log,
  })
  return {
    run: (ask, signal, onProgress) =>
      child.ask(
        { ...ask, temporary: join(root, 'merge.tmp') },
        { signal, onProgress: (progress) => onProgress(progress as MergeProgress) },
      ),
    close: () => child.close(),
  }
}

/** In this thread, on any files: DuckDB writes to a folder of this machine, and what it wrote is copied. */
export function mergerHere(files: FileLayer): Merger {
  const under = new Set<Promise<MergeAnswer>>()
  const stop = new AbortController()
  return {
    async run(ask, signal, onProgress) {
      const { runJob } = await import('./run-job.ts')
      const temporary = mkdtempSync(join(tmpdir(), 'iw-merge-'))
      const context = { signal: AbortSignal.any([signal, stop.signal]), progress: onProgress }
      const running = runJob(files, { ...ask, temporary }, context).finally(() =>
        rmSync(temporary, { recursive: true, force: true }),
      )
      under.add(running)
      return running.finally(() => under.delete(running))
    },
    async close() {
      stop.abort()
      await Promise.allSettled(under)
    },
  }
}
