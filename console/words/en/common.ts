import type { QualityName } from '../../lib/contract.ts'

interface QualityValues {
  readonly value: string
  readonly age: string
  readonly bounds: string
}

const plural = (count: number, one: string, many: string): string => (count === 1 ? one : many)

/** Words of the frame and of the parts that every page uses. */
export const words = {
  skip: 'Skip to content',
  pages: 'Pages',
  mainPages: 'Main pages',
  home: 'Home',
  explore: 'Explore',
  system: 'System',
  apiDocs: 'API docs',
  metrics: 'Metrics',
  display: 'Display',
  find: 'Find',
  nothingLeaves: 'This node only · nothing leaves',
  whereYouAre: 'Where you are',
  findPlaceholder: 'Find a machine, value or page',
  found: 'Found',
  findNothing: 'Nothing has this name.',
  timeRange: 'Time range of all pages',
  range: 'Time range',
  earlier: 'Earlier',
  later: 'Later',
  live: 'Live',
  presets: {
    '-15m': 'Last 15 min',
    '-1h': 'Last 1 h',
    '-8h': 'Last 8 h',
    '-24h': 'Last 24 h',
    '-7d': 'Last 7 days',
    '-30d': 'Last 30 days',
    '-365d': 'Last year',
  } as Readonly<Record<'-15m' | '-1h' | '-8h' | '-24h' | '-7d' | '-30d' | '-365d', string>>,
  lastMinutes: (minutes: number) =>
    minutes < 1 ? 'Last minute' : minutes < 120 ? `Last ${minutes} min` : `Last ${Math.round(minutes / 60)} h`,
  otherLanguage: '中文',
  toLight: 'Light theme',
  toDark: 'Dark theme',

  lost: 'Connection lost',
  lostSince: (time: string) => `No connection to Interwork since ${time}`,
  lostText: 'What you see are the last known values.',
  nextTry: (span: string) => `Next try in ${span}.`,
  tryingNow: 'Trying now.',
  tryNow: 'Try now',
  loading: 'Loading',
  cannotLoad: 'The plant cannot be shown',
  announce: (count: number) => plural(count, 'One machine needs you', `${count} machines need you`),
  notFound: 'No page has this address',
  notFoundText: 'Nothing is at',
  backHome: 'Go to Home',
  copyCode: 'Copy the code',
  notPutBack: (title: string) => `${title} was not put back`,
  rangeStands: (period: string) => `Live has stopped: lines show ${period}. Values are of now.`,
  undo: 'Undo',
  cancel: 'Cancel',
  close: 'Close',

  displayAndKeys: 'Display and keys',
  language: 'Language',
  theme: 'Theme',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
  contrast: 'Contrast',
  contrasts: { system: 'As the system', normal: 'Normal', more: 'More' },
  singleKeys: 'Single keys act (turn off when they get in the way)',
  keys: [
    ['/', 'Search'],
    ['g h', 'Home'],
    ['g e', 'Explore'],
    ['j k', 'Next, previous row'],
    ['Enter', 'Open'],
    ['Esc', 'Close, or one level up'],
    ['[ ]', 'Range back, on'],
    ['l', 'Live'],
    ['t', 'Light or dark'],
    ['f', 'Filter the table'],
    ['← →', 'Explore: pan'],
    ['+ −', 'Explore: zoom'],
    ['0', 'Explore: show all there is'],
    ['c', 'Explore: compare with a day earlier'],
    ['x', 'Explore: export'],
    ['?', 'These keys'],
  ] as readonly (readonly [keys: string, what: string])[],

  on: 'on',
  off: 'off',
  noValues: 'No values yet',
  states: {
    running: 'Running',
    idle: 'Idle',
    stopped: 'Stopped',
    down: 'Down',
    answering: 'Answering',
    unknown: 'No data',
  },
  priority: { h: 'High priority', m: 'Medium priority', l: 'Low priority' },
  priorityLetter: { h: 'H', m: 'M', l: 'L' },
  aboveNormal: 'Above its normal band',
  belowNormal: 'Below its normal band',
  quality: {
    good: 'good',
    substituted: 'substituted',
    stale: 'stale',
    frozen: 'frozen',
    out_of_range: 'out of range',
    null: 'null value',
    comm_error: 'no answer',
  } as Readonly<Record<QualityName, string>>,
  since: (time: string) => `since ${time}`,
  troubleTitle: (what: string, since: string) => `${what}, ${since}`,
  sentences: (...sentences: readonly string[]) => sentences.filter(Boolean).join(' '),
  noAnswerOn: (address: string) => `No answer on ${address}.`,
  tried: (tries: number) => plural(tries, 'Tried once.', `Tried ${tries} times.`),
  outsideShort: (title: string, side: 'above' | 'below') => `${title} ${side} normal`,
  outsideText: (title: string, value: string, side: 'above' | 'below', band: string, age: string) =>
    `${title} is ${value}, ${side} its normal ${band}, for ${age}.`,
  qualityText: {
    stale: (title: string, { value, age }: QualityValues) =>
      `${title} is ${age} old. The last value was ${value}; it may have changed since.`,
    frozen: (title: string, { value, age }: QualityValues) =>
      `${title} has read exactly ${value} for ${age} while the machine runs. Sensor frozen; do not trust it.`,
    out_of_range: (title: string, { value, bounds }: QualityValues) =>
      `${title} reads ${value}, beyond what its sensor can measure${bounds && ` (${bounds})`}. Do not trust it.`,
    null: (title: string) => `${title}: the machine answers that it has no value.`,
    comm_error: (title: string, { value, age }: QualityValues) =>
      `${title} cannot be read. The last value, ${age} ago, was ${value}.`,
  },
  trendEmpty: (title: string) => `${title}: no readings in this range`,
  trendSentence: (title: string, span: string, min: string, max: string, last: string) =>
    `${title}, ${span.toLowerCase()}: between ${min} and ${max}, last ${last}`,
  removeLane: (title: string) => `Remove ${title} from the trend`,
  /** What to do, by code, where the server's own words are not in the language shown. English has them from the server. */
  problems: {} as Readonly<Record<string, string>>,
}
export type CommonWords = typeof words
