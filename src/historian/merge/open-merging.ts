import type { Tag } from '#model'
import type { DiskSpace } from '../files/file-layer.ts'
import type { Folders } from '../files/folders.ts'
import type { Defaults, HistorianOptions } from '../options.ts'
import type { LiveParts } from '../parts/live-parts.ts'
import type { Work } from '../seal/work.ts'
import { mergerHere, mergerInChild } from './merger.ts'
import { Merging } from './merging.ts'
import { thresholds } from './plan.ts'
import { RetentionRules } from './retention.ts'

/** What merging works on. */
interface Ground {
  readonly work: Work
  readonly parts: LiveParts
  /** The UTC day of the last nightly pass. */
  readonly passedDay: number | undefined
  tags(): readonly Tag[]
  space(): DiskSpace
}

/** Merging as the options say: in a child process, or in this thread on other files. */
export function openMerging(options: HistorianOptions & Defaults, { root }: Folders, ground: Ground): Merging {
  const { clock, log, files, reserveBytes, retention, mergeThresholds, mergeFile } = options
  const { work, parts, passedDay, tags, space } = ground
  return new Merging({
    ...{ root, work, clock, log, passedDay, reserveBytes, tags, space },
    merger: files ? mergerHere(files) : mergerInChild(root, clock, log),
    catalogue: parts.catalogue,
    thresholds: { ...thresholds, ...mergeThresholds },
    bounds: mergeFile,
    rules: new RetentionRules(retention),
    changed: (change) => parts.changed(change),
    setAside: (part, error) => parts.setAside(part, error),
  })
}
