/** Reading the Parquet files of the historian: their index, their rows, their rollups. */
export { ColumnCache } from './column-cache.ts'
export { type ParquetFooter, readFooter } from './footer.ts'
export {
  buildIndex,
  type GroupIndex,
  type ParquetIndex,
  readIndex,
  writeIndex,
} from './parquet-index.ts'
export { type ArrivedPage, ParquetReader, type ParquetReaderOptions } from './parquet-reader.ts'
export { type ParquetPart, parquetSource } from './parquet-source.ts'
export type { RollupColumn, RollupRows } from './rollup-rows.ts'
export { decodeRuns, findRun, type TagRun } from './tag-runs.ts'
