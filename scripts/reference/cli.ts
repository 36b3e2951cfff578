import type { Command } from 'commander'
import { buildProgram, everyCommand, exitCodes } from '../../src/cli/index.ts'
import { testIo } from '../../test/fakes/cli-io.ts'
import { heading, markdownTable, type ReferencePage } from './page.ts'

/** docs/reference/cli.md: every verb with its arguments and options, and the exit codes. */
export const cliPage: ReferencePage = {
  file: 'cli.md',
  make() {
    const program = buildProgram(testIo({ folder: '.' }), () => {})
    const verbs = everyCommand(program).filter(({ commands }) => commands.length === 0)
    return [
      heading('The command line'),
      'From a clone: `npm run interwork -- <verb> …`. Verbs other than `start`, `demo`, `restore`, `doctor` and `config` ask the running',
      'instance over HTTP, with the token of its data folder. Results go to the standard output, progress and failures to the',
      'standard error; with `--json` both are JSON (`watch` and long `read`s: one object a line).',
      '',
      ...verbs.map(section),
      '## Exit codes',
      '',
      markdownTable(
        ['code', 'meaning'],
        Object.values(exitCodes).map(({ code, meaning }) => [String(code), meaning]),
      ),
    ].join('\n')
  },
}

function section(command: Command): string {
  const options = command.options.map(({ flags, description, defaultValue }) => [
    `\`${flags}\``,
    defaultValue === undefined ? description : `${description} (default ${String(defaultValue)})`,
  ])
  const args = command.registeredArguments.map((argument) => [
    `\`${argument.required ? `<${argument.name()}>` : `[${argument.name()}]`}\``,
    argument.description,
  ])
  return `## ${fullName(command)}\n\n${sentence(command.description())}\n\n${markdownTable(['', ''], [...args, ...options])}`
}

const fullName = (command: Command): string =>
  command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name()

const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`
