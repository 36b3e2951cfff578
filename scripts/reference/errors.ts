import { errorCatalogue } from '#kernel'
import { heading, markdownTable, type ReferencePage } from './page.ts'

/** docs/reference/errors.md: every code with its HTTP status, what it means and what to do. */
export const errorsPage: ReferencePage = {
  file: 'errors.md',
  make: () =>
    [
      heading('Error codes'),
      'Every failure that a person or a program may act on has a code. The code never changes; the message beside it names',
      'the value that was wrong. Over HTTP it comes as `{code, message, remedy, detail?, id?}` with the status given here;',
      'the command line prints the same, and exits as `cli.md` says.',
      '',
      ...[...groups()].map(
        ([group, codes]) => `## ${group}\n\n${markdownTable(['code', 'HTTP', 'meaning', 'what to do'], codes)}`,
      ),
    ].join('\n'),
}

/** Codes by the room in their name, in the order of the catalogue. */
function groups(): Map<string, string[][]> {
  const byRoom = new Map<string, string[][]>()
  for (const [code, { status, title, remedy }] of Object.entries(errorCatalogue)) {
    const room = code.split('_')[1]!.toLowerCase()
    const rows = byRoom.get(room) ?? []
    byRoom.set(room, rows)
    rows.push([`\`${code}\``, String(status), title, remedy])
  }
  return byRoom
}
