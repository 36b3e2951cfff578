#!/usr/bin/env node
import { processIo } from './io.ts'
import { runCli } from './program.ts'

// A reader that goes away (`interwork watch | head`) ends us quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const exitCode = await runCli(process.argv.slice(2), processIo())
// What was written to a pipe is written before this empty text is.
process.stdout.write('', () => process.exit(exitCode))
