import type { Command } from 'commander'
import { examine, type Finding, loadSettings } from '#instance'
import { exitCodes } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { acting, type CommonOptions, type Done, verb } from '../verb.ts'

const marks: Readonly<Record<Finding['status'], string>> = { good: '✓', warning: '!', bad: '✗', 'not run': '–' }

/** `interwork doctor`: checks an installation and says what to do about each thing that is wrong. */
export function doctorCommand(io: Io, done: Done): Command {
  return verb('doctor', 'check this installation, with a remedy for each thing that is wrong').action(
    acting(io, done, doctor),
  )
}

async function doctor(io: Io, { json, data, config }: CommonOptions): Promise<number> {
  const report = await examine(await loadSettings(io.folder, config, data === undefined ? {} : { data }))
  if (json) io.out(`${JSON.stringify(report)}\n`)
  else for (const finding of report.findings) io.out(line(finding))
  return report.healthy ? exitCodes.ok.code : exitCodes.failed.code
}

function line({ check, status, message, remedy }: Finding): string {
  const what = `${marks[status]} ${check}: ${message}\n`
  return status === 'good' || remedy === undefined ? what : `${what}    ${remedy}\n`
}
