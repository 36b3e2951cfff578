import type { ReadingBatch, TagId } from '#model'

/**
 * Which tags changed since which flush. Only that is kept, never values: what is sent is always the newest reading, so a
 * client that fell behind needs no queue, and a late old reading can never replace a newer one.
 */
export interface TagChanges {
  /** Notes the tags of a batch as changed in the flush to come. */
  mark(batch: ReadingBatch): void
  /** Tags changed after the given flush, up to the one under way. Good until `next()`. */
  since(flush: number): ArrayLike<TagId>
  /** Ends the flush under way and returns the number of the next one. */
  next(): number
  /** The flush under way. */
  readonly current: number
}

export function createTagChanges(): TagChanges {
  // By tag: the flush it last changed in. Ids are dense, so an array is the fastest set there is.
  let changedIn = new Int32Array(1024)
  // The tags of the flush under way, each once: one array for all flushes, as it is filled ten times a second.
  let changedNow = new Int32Array(1024)
  let changes = 0
  let current = 1
  return {
    get current() {
      return current
    },
    mark({ tag, count }) {
      for (let row = 0; row < count; row++) {
        const id = tag[row]!
        if (id >= changedIn.length) changedIn = grown(changedIn, id)
        if (changedIn[id] === current) continue
        changedIn[id] = current
        if (changes === changedNow.length) changedNow = grown(changedNow, changes)
        changedNow[changes++] = id
      }
    },
    since(flush) {
      if (flush === current - 1) return changedNow.subarray(0, changes)
      const tags: TagId[] = []
      for (let id = 0; id < changedIn.length; id++) if (changedIn[id]! > flush) tags.push(id)
      return tags
    },
    next() {
      changes = 0
      return ++current
    },
  }
}

function grown(from: Int32Array<ArrayBuffer>, id: TagId): Int32Array<ArrayBuffer> {
  const to = new Int32Array(Math.max(from.length * 2, id + 1))
  to.set(from)
  return to
}
