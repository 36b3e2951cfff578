import { type IwError, isIwError } from '#kernel'
import type { PartEntry } from '../seal/manifest.ts'

/** An input that cannot be believed: which one, so that it can be set aside and the job done without it. */
export class Damaged extends Error {
  readonly detail: { readonly part: number; readonly message: string }

  private constructor({ number }: PartEntry, error: IwError) {
    super(error.message, { cause: error })
    this.detail = { part: number, message: error.message }
  }

  /** Runs what reads a part; damage found by it names the part. */
  static named<T>(part: PartEntry, read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw isIwError(error, 'IW_HISTORIAN_CORRUPT') ? new Damaged(part, error) : error
    }
  }

  static async namedLater<T>(part: PartEntry, reading: Promise<T>): Promise<T> {
    try {
      return await reading
    } catch (error) {
      throw isIwError(error, 'IW_HISTORIAN_CORRUPT') ? new Damaged(part, error) : error
    }
  }
}
