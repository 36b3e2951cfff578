export { exitCodes } from './exit-codes.ts'
export type { Io } from './io.ts'
export { buildProgram, everyCommand, runCli } from './program.ts'
