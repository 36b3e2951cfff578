/** Reading the Parquet files of the historian: their index, their rows, their rollups. */
export { ColumnCache } from './column-cache.ts'
export { readFooter } from './footer.ts'
export {
  buildIndex,
  type GroupIndex,
  type ParquetIndex,
  readIndex,
  writeIndex,
} from './parquet-index.ts'
export { type ArrivedPage, ParquetReader } from './parquet-reader.ts'
export { parquetSource } from './parquet-source.ts'
export type { RollupColumn, RollupRows } from './rollup-rows.ts'
export { decodeRuns } from './tag-runs.ts'
