import { type Clock, startWorker, systemClock } from '#kernel'
import type { FileLayer } from '../files/file-layer.ts'
import type { FromJournal, JournalLine, ToJournal } from './messages.ts'
import { JournalService } from './service.ts'
import { type JournalOptions, JournalWriter } from './writer.ts'

interface Listener {
  answered(message: FromJournal): void
  /** The thread ended by itself, which it should not. */
  failed(error: Error): void
}

/** The journal in a thread of its own, on the machine's files. */
export function journalThread(options: JournalOptions, { answered, failed }: Listener): JournalLine {
  const worker = startWorker(import.meta.url, './journal-worker', {
    name: 'journal',
    workerData: options,
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 },
  })
  worker.on('message', answered)
  worker.on('error', (error) => failed(error as Error))
  return {
    send: (message) => worker.postMessage(message, message.kind === 'commit' ? [message.buffer] : []),
  }
}

/** The journal in this thread, on any files: the same code without the thread. Answers come in a later turn. */
export function journalHere(
  files: FileLayer,
  options: JournalOptions & { probeEveryMs?: number },
  { answered, failed }: Listener,
  clock: Clock = systemClock,
): JournalLine {
  const service = new JournalService(new JournalWriter(files, options, clock), clock, answered, options.probeEveryMs)
  let waiting: ToJournal[] = []
  return {
    send(message) {
      if (waiting.push(message) > 1) return
      setImmediate(() => {
        const messages = waiting
        waiting = []
        try {
          service.handle(messages)
        } catch (error) {
          failed(error as Error)
        }
      })
    },
  }
}
