/** What became of one question put to software nobody here wrote. */
export interface CaseResult {
  readonly case: string
  readonly result: 'pass' | 'fail' | 'not run'
  readonly why?: string
  /** What was counted, for people: `1,204 requests`. */
  readonly seen?: string
}

/** A program or library of somebody else's, and what we ask of it. `run` may throw `NotRun` before its first case. */
export interface Peer {
  readonly name: string
  readonly area: string
  run(cases: Cases): Promise<void>
}

/** A peer that cannot be had on this machine: said aloud, and counted neither as passed nor as failed. */
export class NotRun extends Error {}

/** Collects the cases of one peer; a case that throws has failed and the next one is tried. */
export class Cases {
  readonly results: CaseResult[] = []
  version = ''
  readonly #said: (result: CaseResult) => void

  constructor(said: (result: CaseResult) => void = () => {}) {
    this.#said = said
  }

  /** Runs one case. What `work` returns as a text is shown as what was seen. */
  async check(name: string, work: () => unknown): Promise<void> {
    try {
      const seen = await work()
      this.#add({ case: name, result: 'pass', ...(typeof seen === 'string' && { seen }) })
    } catch (error) {
      if (error instanceof NotRun) this.notRun(name, error.message)
      else this.#add({ case: name, result: 'fail', why: messageOf(error) })
    }
  }

  notRun(name: string, why: string): void {
    this.#add({ case: name, result: 'not run', why })
  }

  failed(name: string, error: unknown): void {
    this.#add({ case: name, result: 'fail', why: messageOf(error) })
  }

  #add(result: CaseResult): void {
    this.results.push(result)
    this.#said(result)
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 2000)
