import type { Io } from './io.ts'

const drawEveryMs = 100
const plainEveryMs = 5_000
const firstAfterMs = 1_000
const width = 24

/** What is counted: bytes are shown in units that people read. */
export type Counted = 'bytes' | 'rows' | 'readings' | 'files'

/**
 * A bar for work that counts: done, rate and what is left. At a terminal one line that is drawn over; elsewhere a plain line
 * every five seconds. Work that is done within a second shows nothing.
 */
export class ProgressBar {
  readonly #io: Pick<Io, 'err' | 'terminal'>
  readonly #what: string
  readonly #counted: Counted
  readonly #now: () => number
  readonly #since: number
  #shownAt: number
  #drawn = false

  constructor(
    io: Pick<Io, 'err' | 'terminal'>,
    what: string,
    counted: Counted,
    now: () => number = () => performance.now(),
  ) {
    this.#io = io
    this.#what = what
    this.#counted = counted
    this.#now = now
    this.#since = now()
    this.#shownAt = this.#since + firstAfterMs - (io.terminal ? drawEveryMs : plainEveryMs)
  }

  /** Tells how far it is; `total` where it is known. Cheap: draws only now and then. */
  show(done: number, total?: number): void {
    const now = this.#now()
    if (now - this.#shownAt < (this.#io.terminal ? drawEveryMs : plainEveryMs)) return
    this.#shownAt = now
    const line = this.#line(done, total, (now - this.#since) / 1000)
    if (this.#io.terminal) this.#io.err(`\r\x1b[K${line}`)
    else this.#io.err(`${line}\n`)
    this.#drawn = true
  }

  /** Takes the line away again. */
  end(): void {
    if (this.#drawn && this.#io.terminal) this.#io.err('\r\x1b[K')
    this.#drawn = false
  }

  #line(done: number, total: number | undefined, seconds: number): string {
    const rate = done / Math.max(seconds, 0.001)
    const speed = `${amount(rate, this.#counted)}/s`
    if (total === undefined || total <= 0) return `${this.#what} ${amount(done, this.#counted)}, ${speed}`
    const share = Math.min(1, done / total)
    const filled = Math.round(share * width)
    const bar = `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`
    const left = rate > 0 ? `, ${duration((total - done) / rate)} left` : ''
    return `${this.#what} ${bar} ${Math.floor(share * 100)} %  ${amount(done, this.#counted)} of ${amount(total, this.#counted)}, ${speed}${left}`
  }
}

/** A count for people: `1.4 GB`, `12,345 rows`. */
export function amount(value: number, counted: Counted): string {
  if (counted !== 'bytes') return `${Math.round(value).toLocaleString('en')} ${counted}`
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let index = 0
  while (value >= 1000 && index < units.length - 1) {
    value /= 1000
    index++
  }
  return `${index === 0 ? Math.round(value) : value.toFixed(value < 10 ? 1 : 0)} ${units[index]}`
}

/** `8 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${whole % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
