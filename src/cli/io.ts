/** The world as a command sees it; tests hand in their own. */
export interface Io {
  /** The standard output: results. */
  out(text: string): void
  /** The standard error: progress and failures. */
  err(text: string): void
  /** Asks a question at the terminal. */
  ask(question: string): Promise<string>
  /** All of the standard input, as text. */
  input(): Promise<string>
  /** Whether a person reads the output and can answer. */
  readonly terminal: boolean
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** From now on, a signal to end aborts this instead of ending the process. */
  interrupted(): AbortSignal
  now(): number
}

/** The real one: this process. */
export function processIo(): Io {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    async ask(question) {
      const { createInterface } = await import('node:readline/promises')
      const lines = createInterface({ input: process.stdin, output: process.stderr })
      try {
        return await lines.question(question)
      } finally {
        lines.close()
      }
    },
    async input() {
      const { text } = await import('node:stream/consumers')
      return text(process.stdin)
    },
    terminal: process.stdout.isTTY === true && process.stdin.isTTY === true,
    folder: process.cwd(),
    env: process.env,
    interrupted() {
      const abort = new AbortController()
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort())
      return abort.signal
    },
    now: () => Date.now(),
  }
}
