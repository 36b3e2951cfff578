import { signal } from '@preact/signals'
import type { Problem } from './contract.ts'

/** What a person asked for and did not get, when the part that asked is gone from the screen. */
export const failure = signal<{ readonly title: string; readonly problem: Problem } | undefined>(undefined)
