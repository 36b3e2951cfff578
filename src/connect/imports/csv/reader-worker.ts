import { parentPort } from 'node:worker_threads'
import type { KnownSeries } from './plan.ts'
import type { FromReader, ToReader } from './reader-messages.ts'
import { type Block, TableReader } from './table-reader.ts'

/** The thread that reads CSV: chunks come in, blocks of readings go out, series are asked back for. */
interface Session {
  readonly known: Map<string, KnownSeries>
  reader: TableReader
}

const sessions = new Map<string, Session>()

parentPort!.on('message', ({ ask, request }: ToReader) => {
  try {
    const result = answer(request)
    post({ ask, result }, transferable(result))
  } catch (error) {
    post({ ask, error: error instanceof Error ? error : new Error(String(error)) }, [])
  }
})

function answer(request: ToReader['request']): FromReader['result'] {
  if (request.kind === 'close') {
    sessions.delete(request.session)
    return undefined
  }
  if (request.kind === 'open') {
    const { session, plan, chunk, known, inDoubt } = request
    const map = known ? new Map(known.map((one) => [one.key, one])) : sessions.get(session)!.known
    sessions.set(session, { known: map, reader: new TableReader(plan, chunk, map, inDoubt) })
    return undefined
  }
  const { reader } = sessions.get(request.session)!
  if (request.know) reader.know(request.know)
  return reader.next()
}

function post(message: FromReader, transfer: ArrayBuffer[]): void {
  parentPort!.postMessage(message, transfer)
}

function transferable(result: FromReader['result']): ArrayBuffer[] {
  if (!result || !('columns' in result)) return []
  const { tag, time, value, quality } = (result satisfies Block).columns
  return [tag, time, value, quality].map(({ buffer }) => buffer as ArrayBuffer)
}
