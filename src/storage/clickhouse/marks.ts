import type { Receipt } from '#ports'
import { type Block, bytesOf, encodeBlock, strings } from './native.ts'

/**
 * The high-water mark of each source that counts its batches: at or below it a batch is a duplicate. A mark is written
 * after the readings it stands for. Where the program ends between the two, the source sends its batch again and every
 * (tag, time) of it is replaced by itself: nothing is lost and nothing is doubled.
 */
export class Marks {
  readonly #written = new Map<string, number>()
  readonly #underWay = new Map<string, { readonly sequence: number; readonly receipt: Promise<Receipt> }[]>()

  /** A receipt for a batch seen before, given once the original is stored; undefined for a new one. */
  duplicateOf(source: string, sequence: number): Promise<Receipt> | undefined {
    if (sequence === 0) return undefined
    if (sequence <= (this.#written.get(source) ?? 0)) return Promise.resolve({ duplicate: true })
    const original = this.#underWay.get(source)?.find((batch) => batch.sequence >= sequence)
    return original?.receipt.then(() => ({ duplicate: true }))
  }

  submitted(source: string, sequence: number, receipt: Promise<Receipt>): void {
    if (sequence === 0) return
    const batches = this.#underWay.get(source) ?? []
    batches.push({ sequence, receipt })
    this.#underWay.set(source, batches)
  }

  /** The batch is stored, or it was refused: then the source may send it again. */
  settled(source: string, sequence: number, isStored: boolean): void {
    if (sequence === 0) return
    if (isStored) this.#written.set(source, sequence)
    const rest = (this.#underWay.get(source) ?? []).filter((batch) => batch.sequence !== sequence)
    if (rest.length > 0) this.#underWay.set(source, rest)
    else this.#underWay.delete(source)
  }

  /** Rows of `selectMarks`. */
  load({ rows, columns }: Block): void {
    const [sources, sequences] = columns as never as [readonly string[], Float64Array]
    for (let row = 0; row < rows; row++) this.#written.set(sources[row]!, sequences[row]!)
  }
}

export const selectMarks = (database: string): string =>
  `SELECT source, toFloat64(max(sequence)) FROM \`${database}\`.marks GROUP BY source`

/** The greatest sequence of each source that counts, as a block of `marks`; undefined where none does. */
export function encodeMarks(batches: readonly { source: string; sequence: number }[]): Buffer | undefined {
  const marks = new Map<string, number>()
  for (const { source, sequence } of batches) if (sequence > 0) marks.set(source, sequence)
  if (marks.size === 0) return undefined
  const sequences = BigUint64Array.from([...marks.values()].map(BigInt))
  return encodeBlock(marks.size, [
    { name: 'source', type: 'String', parts: [strings([...marks.keys()])] },
    { name: 'sequence', type: 'UInt64', parts: [bytesOf(sequences)] },
  ])
}
