import { setImmediate as nextTurn } from 'node:timers/promises'
import type * as Arrow from 'apache-arrow'
import { arrowColumn } from './arrow-data.ts'
import type { ColumnBatch, Table } from './columns.ts'

/** An Arrow file (`pandas.read_feather`, `polars.read_ipc`), or the stream format, which needs no seeking. */
export type ArrowForm = 'file' | 'stream'

/**
 * A table as Arrow IPC, a record batch for each of its batches. There is always one, so that the dictionaries are there
 * even where no row is.
 */
export async function* arrowOf({ columns, batches }: Table, form: ArrowForm): AsyncGenerator<Uint8Array> {
  const arrow = await import('apache-arrow')
  const made = columns.map((column, index) => arrowColumn(arrow, column, index))
  const schema = new arrow.Schema(made.map(({ field }) => field))
  const writer = chunkWriter(arrow, form)
  const recordBatch = ({ count, columns: values }: ColumnBatch) =>
    new arrow.RecordBatch(
      schema,
      arrow.makeData({
        type: new arrow.Struct(schema.fields),
        length: count,
        nullCount: 0,
        children: made.map((column, index) => column.data(values[index]!, count)),
      }),
    )
  let written = 0
  for await (const batch of batches) {
    if (batch.count === 0) continue
    if (written++ > 0) await nextTurn()
    yield writer.write(recordBatch(batch))
  }
  if (written === 0) yield writer.write(recordBatch({ count: 0, columns: columns.map(() => ({})) }))
  yield writer.end()
}

/** A writer that gives its bytes back, so that whoever reads them sets the pace. */
function chunkWriter(arrow: typeof Arrow, form: ArrowForm) {
  let chunks: Uint8Array[] = []
  const Base = form === 'file' ? arrow.RecordBatchFileWriter : arrow.RecordBatchStreamWriter
  const writer = new (class extends Base {
    protected override _write(chunk: ArrayBufferView) {
      const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      if (this._started && bytes.length > 0) {
        chunks.push(bytes)
        this._position += bytes.length
      }
      return this
    }
  })()
  const taken = (): Uint8Array => {
    const all = Buffer.concat(chunks)
    chunks = []
    return all
  }
  return {
    write(batch: Arrow.RecordBatch): Uint8Array {
      writer.write(batch)
      return taken()
    },
    end(): Uint8Array {
      writer.finish()
      return taken()
    },
  }
}
