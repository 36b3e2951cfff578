import { indexName, parquetName, partName } from '../files/folders.ts'
import type { PartEntry } from '../seal/manifest.ts'

/** The name of a part's file. */
export const fileNameOf = ({ kind, day, number }: PartEntry): string =>
  kind === 'level0' ? partName(number) : parquetName(kind, day ?? '', number)

/** All files of a part: its own, and the index beside a Parquet file. */
export function filesOf(part: PartEntry): readonly string[] {
  const name = fileNameOf(part)
  return part.kind === 'level0' ? [name] : [name, indexName(name)]
}
