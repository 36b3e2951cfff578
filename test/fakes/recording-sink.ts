import { type ConnectionState, type ConnectionStatus, checkBatch, type Value } from '#model'
import type { DriverReadings, DriverSink } from '#ports'

export interface SeenReading {
  readonly tag: number
  readonly time: number
  readonly value: Value
  readonly quality: number
}

/** A sink that keeps what it was given, row by row, and lets a test wait for what it is waiting for. */
export class RecordingSink implements DriverSink {
  readonly batches: DriverReadings[] = []
  readonly statuses: ConnectionStatus[] = []
  readonly #waiting = new Set<() => void>()

  async readings(readings: DriverReadings): Promise<void> {
    checkBatch({ ...readings, source: 'test', sequence: 0 })
    this.batches.push(readings)
    for (const look of [...this.#waiting]) look()
  }

  changed(status: ConnectionStatus): void {
    this.statuses.push(status)
    for (const look of [...this.#waiting]) look()
  }

  get state(): ConnectionState | undefined {
    return this.statuses.at(-1)?.state
  }

  rows(): SeenReading[] {
    return this.batches.flatMap((batch) => rowsOf(batch))
  }

  of(tag: number): SeenReading[] {
    return this.rows().filter((row) => row.tag === tag)
  }

  last(tag: number): SeenReading | undefined {
    return this.of(tag).at(-1)
  }

  /** Resolves when `found` gives something; looks again at each delivery. */
  until<T>(found: () => T | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const look = () => {
        const result = found()
        if (result === undefined || result === false) return
        this.#waiting.delete(look)
        resolve(result)
      }
      this.#waiting.add(look)
      look()
    })
  }

  /** The next reading of a tag that comes from now on and fits. */
  next(tag: number, fits: (row: SeenReading) => boolean = () => true): Promise<SeenReading> {
    const from = this.batches.length
    return this.until(() =>
      this.batches
        .slice(from)
        .flatMap(rowsOf)
        .find((row) => row.tag === tag && fits(row)),
    )
  }
}

function rowsOf({ count, tag, time, value, quality, texts, integers }: DriverReadings): SeenReading[] {
  const rows: { tag: number; time: number; value: Value; quality: number }[] = []
  for (let i = 0; i < count; i++)
    rows.push({
      tag: tag[i]!,
      time: time[i]!,
      value: Number.isNaN(value[i]!) ? null : value[i]!,
      quality: quality[i]!,
    })
  texts?.row.forEach((row, i) => {
    rows[row]!.value = texts.text[i]!
  })
  integers?.row.forEach((row, i) => {
    rows[row]!.value = integers.integer[i]!
  })
  return rows
}
