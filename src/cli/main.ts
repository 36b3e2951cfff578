#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { processIo } from './io.ts'

// The built program keeps V8's code beside itself: a sixth of the CPU of a start. Where that folder cannot be written,
// it does without.
if (import.meta.filename.endsWith('.js')) enableCompileCache(join(import.meta.dirname, '..', '.compile-cache'))

// A reader that goes away (`interwork watch | head`) ends us quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const { runCli } = await import('./program.ts')
const exitCode = await runCli(process.argv.slice(2), processIo())
// What was written to a pipe is written before this empty text is.
process.stdout.write('', () => process.exit(exitCode))
