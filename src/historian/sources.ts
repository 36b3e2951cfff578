import type { Receipt } from '#ports'

interface UnderWay {
  readonly sequence: number
  readonly receipt: Promise<Receipt>
}

interface Source {
  /** The greatest sequence on disk. */
  durable: number
  /** The greatest sequence handed to the journal; equal to `durable` when nothing is under way. */
  submitted: number
  underWay: UnderWay[]
}

/**
 * The high-water mark of each source that counts its batches: at or below it a batch is a duplicate. Sequence 0 is not
 * counted.
 */
export class Sources {
  readonly #sources = new Map<string, Source>()

  /** A receipt for a batch that was seen before, given once the original is on disk; undefined for a new one. */
  duplicateOf(source: string, sequence: number): Promise<Receipt> | undefined {
    const known = sequence === 0 ? undefined : this.#sources.get(source)
    if (!known || sequence > known.submitted) return undefined
    const original = known.underWay.find((batch) => batch.sequence >= sequence)
    return original ? original.receipt.then(() => ({ duplicate: true })) : Promise.resolve({ duplicate: true })
  }

  submitted(source: string, sequence: number, receipt: Promise<Receipt>): void {
    if (sequence === 0) return
    const known = this.#get(source)
    known.submitted = sequence
    known.underWay.push({ sequence, receipt })
  }

  committed(source: string, sequence: number): void {
    if (sequence === 0) return
    const known = this.#get(source)
    known.durable = sequence
    known.underWay.shift()
  }

  /** The batch is not on disk, nor is any after it: the source may send it again. */
  refused(source: string, sequence: number): void {
    const known = sequence === 0 ? undefined : this.#sources.get(source)
    if (!known) return
    known.underWay = known.underWay.filter((batch) => batch.sequence !== sequence)
    known.submitted = known.underWay.at(-1)?.sequence ?? known.durable
  }

  /** Whether a batch read back from disk is the first with its sequence; moves the mark. */
  replay(source: string, sequence: number): boolean {
    if (sequence === 0) return true
    const known = this.#get(source)
    if (sequence <= known.durable) return false
    known.durable = known.submitted = sequence
    return true
  }

  /** Durable marks, for the manifest. */
  marks(): Record<string, number> {
    return Object.fromEntries([...this.#sources].map(([name, { durable }]) => [name, durable]))
  }

  load(marks: Readonly<Record<string, number>>): void {
    for (const [name, mark] of Object.entries(marks)) this.replay(name, mark)
  }

  #get(name: string): Source {
    const known = this.#sources.get(name)
    if (known) return known
    const source: Source = { durable: 0, submitted: 0, underWay: [] }
    this.#sources.set(name, source)
    return source
  }
}
