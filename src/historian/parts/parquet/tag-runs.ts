/*
 * Which tags the rows of a group belong to, as runs: for each the tag less the one before it and the number of rows, both
 * varints. Some three bytes a tag, so that the readers of many files can keep them; a group has a few hundred.
 */

/** Rows of one tag in a group: [begin, end). */
export interface TagRun {
  readonly tag: number
  readonly begin: number
  readonly end: number
}

/** The runs of a column of tags, which must ascend. Undefined where they do not. */
export function encodeRuns(tags: Float64Array): Uint8Array | undefined {
  const bytes: number[] = []
  let before = 0
  for (let begin = 0, end: number; begin < tags.length; begin = end) {
    const tag = tags[begin]!
    if (!(tag >= before)) return undefined
    for (end = begin + 1; end < tags.length && tags[end] === tag; ) end++
    pushVarint(bytes, tag - before)
    pushVarint(bytes, end - begin)
    before = tag
  }
  return Uint8Array.from(bytes)
}

function pushVarint(bytes: number[], value: number): void {
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128)
  bytes.push(value)
}

/** The rows of a tag in a group; undefined where there is none. */
export function findRun(runs: Uint8Array, wanted: number): TagRun | undefined {
  for (const run of decodeRuns(runs)) {
    if (run.tag === wanted) return run
    if (run.tag > wanted) return undefined
  }
  return undefined
}

/** All runs of a group, in order. */
export function* decodeRuns(runs: Uint8Array): Generator<TagRun> {
  let tag = 0
  let begin = 0
  for (let at = 0; at < runs.length; ) {
    const [step, behind] = varintAt(runs, at)
    const [rows, next] = varintAt(runs, behind)
    tag += step
    yield { tag, begin, end: begin + rows }
    begin += rows
    at = next
  }
}

function varintAt(bytes: Uint8Array, at: number): readonly [value: number, next: number] {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0
    value |= (byte & 127) << shift
    if (byte < 128) return [value, at]
  }
}
