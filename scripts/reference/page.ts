/** A page of docs/reference that is made of the program itself, so that it cannot say anything else. */
export interface ReferencePage {
  /** File name under docs/reference. */
  readonly file: string
  make(): Promise<string> | string
}

/** The command that makes the pages anew, as the pages and their test name it. */
export const makeCommand = 'npm run docs'

/** The first lines of every made page. */
export const heading = (title: string): string =>
  `# ${title}\n\n<!-- Made by \`${makeCommand}\`; a test keeps it up to date. Change the source, not this page. -->\n`

/** A Markdown table; bars in cells are escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`
}
