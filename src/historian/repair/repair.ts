import { join } from 'node:path'
import { isIwError, type Logger } from '#kernel'
import type { FileLayer } from '../files/file-layer.ts'
import { type Folders, lastName, manifestName, numbersOf, tagsName } from '../files/folders.ts'
import { setAsideFile } from '../files/set-aside.ts'
import { readWhole, writeNew } from '../files/whole-file.ts'
import type { LastValues } from '../head/last-values.ts'
import { isManifestLost } from '../recovery.ts'
import { firstManifest, type Manifest, type PartEntry, readManifest, writeManifest } from '../seal/manifest.ts'
import { decodeLastValues, decodeTagSnapshot, encodeLastValues, encodeTagSnapshot } from '../seal/snapshots.ts'
import { TagTable } from '../tags.ts'
import { type InspectedPart, inspectParts } from './inspect.ts'
import { nameUnknown } from './journal-tags.ts'
import { lastRows } from './last-rows.ts'

/**
 * Where the manifest, or a snapshot that it names, is damaged or lost: makes them again from what the parts say of themselves,
 * moves the damaged file into quarantine and says so. What a merge had replaced and was not deleted yet is live again, which
 * changes nothing: greater ranks win. Returns the names of what was set aside; none where all is sound.
 */
export async function repair(files: FileLayer, folders: Folders, log: Logger): Promise<readonly string[]> {
  const manifest = soundManifest(files, folders)
  const lost = manifest ? [manifest.tags, manifest.last].filter((name) => name && !isSound(files, folders, name)) : []
  if (manifest && lost.length === 0) return []
  log.error(
    { code: 'IW_HISTORIAN_CORRUPT', file: manifest ? lost.join(', ') : manifestName },
    'a file that says what is live is damaged or lost: it is made again from the parts',
  )
  const { parts, damaged } = await inspectParts(files, folders.parts)
  const present = manifest ?? manifestOf(parts, numbersOf(files, folders.journal, '.iwj'))
  const live = new Set(present.parts.map(({ number }) => number))
  const tags = tagsOf(files, folders, parts)
  const last = await lastOf(files, folders, present.parts, tags)
  const aside = manifest ? [] : damaged.map((name) => setAsideFile(files, folders.parts, name, folders.quarantine))
  for (const name of manifest ? lost : [manifestName]) aside.push(...movedAway(files, folders, name!))
  write(files, folders, present, tags, last)
  log.warn(
    { parts: live.size, tags: tags.count, setAside: aside },
    'what is live was found again from the parts: batches that come twice may be taken twice, by (tag, time) they count once',
  )
  return aside
}

/** Undefined where it is damaged, or lost. */
function soundManifest(files: FileLayer, folders: Folders): Manifest | undefined {
  return isManifestLost(files, folders) ? undefined : sound(() => readManifest(files, folders.root))
}

function isSound(files: FileLayer, folders: Folders, name: string): boolean {
  const read = () => readWhole(files, join(folders.root, name))
  return (
    (name.startsWith('tags')
      ? sound(() => decodeTagSnapshot(read(), name))
      : sound(() => decodeLastValues(read(), name))) !== undefined
  )
}

function sound<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isIwError(error, 'IW_HISTORIAN_CORRUPT')) return undefined
    throw error
  }
}

/**
 * What the parts and the journal add up to. A sorted part whose segment is still there is left out: it may be unfinished, and the
 * segment has its rows.
 */
function manifestOf(parts: readonly InspectedPart[], segments: readonly number[]): Manifest {
  const sealed = parts.flatMap(({ segment }) => (segment !== undefined && !segments.includes(segment) ? [segment] : []))
  const coveredSegment = Math.max(0, (segments[0] ?? 1) - 1, ...sealed)
  const live = parts.filter(({ segment }) => segment === undefined || segment <= coveredSegment)
  const newest = live.findLast(({ sources }) => sources !== undefined)
  return {
    ...firstManifest,
    generation: 1,
    coveredSegment,
    nextPart: parts.reduce((next, { entry }) => Math.max(next, entry.number + 1), 1),
    sources: { ...newest?.sources },
    parts: live.map(({ entry }) => entry).toSorted((a, b) => a.rank - b.rank || a.number - b.number),
  }
}

/** All tags that a sound snapshot or a part knows; the newer file is right about units. */
function tagsOf(files: FileLayer, folders: Folders, parts: readonly InspectedPart[]): TagTable {
  const table = new TagTable()
  for (const number of snapshotNumbers(files, folders.root, /^tags-(\d+)\.iwt$/)) {
    const name = tagsName(number)
    for (const tag of sound(() => decodeTagSnapshot(readWhole(files, join(folders.root, name)), name)) ?? [])
      table.put(tag)
  }
  for (const { tags } of parts) for (const tag of tags) table.put(tag)
  nameUnknown(files, folders, table)
  return table
}

/** The newest sound snapshot of last values; where there is none they are read from the parts. */
async function lastOf(
  files: FileLayer,
  folders: Folders,
  parts: readonly PartEntry[],
  tags: TagTable,
): Promise<LastValues> {
  for (const number of snapshotNumbers(files, folders.root, /^last-(\d+)\.iwl$/).toReversed()) {
    const name = lastName(number)
    const values = sound(() => decodeLastValues(readWhole(files, join(folders.root, name)), name))
    if (values) return values
  }
  return lastRows(files, folders.parts, parts, tags.all())
}

const snapshotNumbers = (files: FileLayer, folder: string, pattern: RegExp): number[] =>
  files
    .list(folder)
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b)

function movedAway(files: FileLayer, folders: Folders, name: string): readonly string[] {
  if (files.size(join(folders.root, name)) === undefined) return []
  return [setAsideFile(files, folders.root, name, folders.quarantine)]
}

function write(files: FileLayer, folders: Folders, manifest: Manifest, tags: TagTable, last: LastValues): void {
  const taken = [/^tags-(\d+)\.iwt$/, /^last-(\d+)\.iwl$/].flatMap((one) => snapshotNumbers(files, folders.root, one))
  const number = Math.max(manifest.nextSnapshot, ...taken.map((one) => one + 1))
  const names = { tags: tagsName(number), last: lastName(number) }
  writeNew(files, join(folders.root, names.tags), [encodeTagSnapshot(tags.all())])
  writeNew(files, join(folders.root, names.last), [encodeLastValues(last, tags.highest)])
  files.syncFolder(folders.root)
  const next = { ...manifest, ...names, nextSnapshot: number + 1, generation: manifest.generation + 1 }
  writeManifest(files, folders.root, next)
}
