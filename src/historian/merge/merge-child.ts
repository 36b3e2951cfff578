import { serveChild } from '#sandbox'
import { realFiles } from '../files/real-files.ts'
import type { MergeAnswer, MergeAsk } from './job.ts'
import { runJob } from './run-job.ts'

/** Merging, in a process of its own: DuckDB's memory goes with it, and a crash there stops nothing. */
serveChild<MergeAsk, MergeAnswer>((ask, context) => runJob(realFiles, ask, context))
