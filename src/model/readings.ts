/**
 * The second door of this room, `#model/readings`: what threads need that move readings and nothing else. It loads no
 * schema library, which would cost every worker some 14 MB (docs/decisions/0004-memory.md).
 */
export { isNewer } from './newest.ts'
export { Quality, type QualityCode, type QualityName, qualityName, qualityNames } from './quality.ts'
export {
  BatchBuilder,
  checkBatch,
  type IntegerColumn,
  maxTextBytes,
  type ReadingBatch,
  type TextColumn,
  type Value,
} from './reading-batch.ts'
