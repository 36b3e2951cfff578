import { writeFileSync } from 'node:fs'
import { type FromChild, memoryExitCode, memoryLimitVariable, sendable, type ToChild } from './messages.ts'

/** What a request is handled with. */
export interface AskContext {
  /** Aborted when the asker has given up. */
  readonly signal: AbortSignal
  /** Tells the asker how far it is; of what comes faster than ten times a second only the newest goes out. */
  progress(progress: unknown): void
}

const progressEveryMs = 100
const watchMemoryEveryMs = 100

/**
 * Answers the requests of the parent: the whole of a child's module. Requests run side by side; what `handle` throws goes to
 * the asker. The process ends when its parent does, however that came about.
 */
export function serveChild<Ask, Answer>(handle: (ask: Ask, context: AskContext) => Promise<Answer>): void {
  const underWay = new Map<number, AbortController>()
  // A terminal sends them to the whole group; the parent decides when a child ends, and a lost parent ends it.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  process.on('disconnect', () => process.exit(0))
  process.on('message', (message: ToChild) => {
    if (message.kind === 'ask') void run(message.id, message.request as Ask)
    else underWay.get(message.id)?.abort()
  })
  offerFirst()
  watchMemory(Number(process.env[memoryLimitVariable]))

  async function run(id: number, request: Ask): Promise<void> {
    const controller = new AbortController()
    underWay.set(id, controller)
    const progress = throttled((value) => send({ kind: 'progress', id, progress: value }))
    try {
      const answer = await handle(request, { signal: controller.signal, progress: progress.tell })
      progress.stop()
      send({ kind: 'answer', id, answer })
    } catch (error) {
      progress.stop()
      send({ kind: 'error', id, error: sendable(error) })
    } finally {
      underWay.delete(id)
    }
  }
}

/** Sends; a parent that is gone is no matter, the disconnect ends this process. */
function send(message: FromChild): void {
  if (!process.connected) return
  process.send?.(message, undefined, {}, () => {})
}

/** Lets the newest value through, at most ten times a second. */
function throttled(send: (value: unknown) => void) {
  let timer: NodeJS.Timeout | undefined
  let newest: { readonly value: unknown } | undefined
  const open = () => {
    timer = undefined
    if (newest) tell(newest.value)
  }
  const tell = (value: unknown) => {
    newest = { value }
    if (timer) return
    send(value)
    newest = undefined
    timer = setTimeout(open, progressEveryMs).unref()
  }
  return { tell, stop: () => clearTimeout(timer) }
}

/** Where the machine itself runs out of memory, Linux ends this process before any other; it may always raise its own score. */
function offerFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // No such file elsewhere, and nothing like it.
  }
}

function watchMemory(limitBytes: number): void {
  if (!(limitBytes > 0)) return
  setInterval(() => {
    const bytes = process.memoryUsage.rss()
    if (bytes <= limitBytes) return
    process.stderr.write(`uses ${bytes} bytes of memory, ${limitBytes} are allowed\n`, () =>
      process.exit(memoryExitCode),
    )
  }, watchMemoryEveryMs).unref()
}
