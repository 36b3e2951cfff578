import type { AlignedSlice } from '#historian'
import type { Tag, Value } from '#model'
import type { Column, ColumnBatch, Table, Values } from './columns.ts'
import { kindOf } from './readings-table.ts'

/** Tags at common points in time: a row for each point, a column for each tag, named `thing/property`. */
export function alignedTable(tags: readonly Tag[], slices: AsyncIterable<AlignedSlice>): Table {
  const columns: Column[] = [
    { name: 'time', kind: 'time' },
    ...tags.map(({ thing, property, type }) => ({ name: `${thing}/${property}`, kind: kindOf[type] })),
  ]
  async function* batches(): AsyncGenerator<ColumnBatch> {
    for await (const { time, values } of slices)
      yield { count: time.length, columns: [{ numbers: time }, ...values.map((all, at) => valuesOf(tags[at]!, all))] }
  }
  return { columns, batches: batches() }
}

function valuesOf({ type }: Tag, values: readonly Value[]): Values {
  if (type === 'string') return { texts: values.map((value) => (typeof value === 'string' ? value : null)) }
  const isPlain = (value: Value) => typeof value === 'number' || typeof value === 'boolean'
  return {
    numbers: Float64Array.from(values, (value) => (isPlain(value) ? Number(value) : Number.NaN)),
    ...(type === 'integer' && { large: values.map((value) => (typeof value === 'bigint' ? value : null)) }),
  }
}
