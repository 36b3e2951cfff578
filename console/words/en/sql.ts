import type { ExampleName } from '../../lib/sql/examples.ts'

const plural = (count: number, one: string, many: string): string => (count === 1 ? one : many)

/** Words of the SQL page. */
export const words = {
  title: 'SQL',
  subtitle: 'Everything that was read, in one SELECT. Nothing can be changed from here.',
  question: 'Question',
  editor: 'SQL, one SELECT',
  run: 'Run',
  runKey: 'Ctrl Enter runs it',
  cancel: 'Cancel',
  running: (span: string) => `Running for ${span}`,
  writeFirst: 'Write a question first, or take an example.',

  answer: 'Answer',
  rowsIn: (rows: string, count: number, ms: string) => `${rows} ${plural(count, 'row', 'rows')} in ${ms}`,
  cutOff: (rows: string) => `There are more: the first ${rows} are shown. Export gives them all.`,
  asTable: 'Table',
  asChart: 'Chart',
  show: 'How to show it',
  tableOf: 'Rows of the answer',
  noRows: 'No row answers the question. A longer time or another name may.',
  noChart: 'A chart needs a column of times, a column of numbers and two rows.',
  chartSentence: (lines: string, period: string) => `${lines} over ${period}`,
  moreLines: (count: number) => `${count} more ${plural(count, 'line', 'lines')} not drawn`,
  exportCsv: 'CSV',
  exportParquet: 'Parquet',
  exportAs: (format: string) => `Export as ${format}`,
  failed: 'The question was not answered',
  exportFailed: 'Nothing was exported',
  at: (line: number, column: number) => `Line ${line}, column ${column}.`,
  showPlace: 'Show the place',

  emptyTitle: 'Ask in SQL.',
  emptyText: 'Take one of the ten examples: they are about machines of this plant. Then change them.',

  tables: 'Tables',
  insert: (name: string) => `Insert ${name}`,
  tableHints: {
    readings: 'a row a reading',
    rollups: 'minutes and hours, for long times',
    tags: 'a row a property',
    things: 'a row a machine',
  },
  examples: 'Examples',
  exampleTitles: {
    newest: 'The newest value of everything',
    means: 'Five-minute means of one property',
    days: 'Readings by day of the site',
    missing: 'Where values are missing, and why',
    silence: 'The longest silence of each property',
    counter: 'How far a counter went each hour',
    aligned: 'Two properties side by side',
    states: 'How long each state held',
    outliers: 'More than four deviations off',
    years: 'A year by day, from rollups',
  } as Readonly<Record<ExampleName, string>>,
  history: 'Asked before',
  historyHere: 'Kept in this browser only.',
  noHistory: 'Nothing was asked here yet.',
  forget: 'Forget all',
}
export type SqlWords = typeof words
