/** What the sentence of an event is made of. */
export interface EventWords {
  readonly property: string
  readonly value: string
  readonly who: string
  readonly outcome: 'failed' | 'unknown'
  readonly span: string
}

const numbers = 'no one two three four five six seven eight nine ten eleven twelve'.split(' ')
const word = (count: number): string => numbers[count] ?? String(count)
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function sentence(normal: number, total: number): string {
  const needs = total - normal
  if (total === 1) return needs === 0 ? 'Your machine is normal.' : 'Your machine needs you.'
  if (needs === 0) return `All ${word(total)} machines are normal.`
  const rest = needs === 1 ? 'One needs you.' : `${capital(word(needs))} need you.`
  if (normal === 0) return `All ${word(total)} machines need you.`
  return `${capital(word(normal))} of ${word(total)} machines ${normal === 1 ? 'is' : 'are'} normal. ${rest}`
}

/** Words of Home. */
export const words = {
  sentence,
  refusingSentence: 'Nothing is being stored: the disk refuses.',
  subtitle: (day: string) => `${day} · a value that is not current says so`,
  addMachine: 'Add a machine',
  nothingTitle: 'No machine yet.',
  nothingWhy: 'Nothing is connected to this instance yet.',
  nothingDemo:
    'Add a machine by its address: Interwork only reads until you permit more. Or look around in the demo mill, twelve machines on this computer:',
  readByProgram: 'Or let a program send readings: see the API docs.',

  glance: 'Plant at a glance',
  answering: 'Machines answering',
  of: (total: number) => `of ${total}`,
  allAnswer: 'all answer',
  doNotAnswer: (count: number) => (count === 1 ? 'one does not' : `${count} do not`),
  valuesPerSecond: 'Values stored',
  tags: (count: string) => `of ${count} tags`,
  storedWithin: 'On disk within',
  storedNote: '99 of 100 batches',
  lineErrors: 'Errors on the line',
  ofRequests: (errors: string, requests: string) => `${errors} of ${requests} requests`,
  diskFree: 'Free on disk',
  diskRefuses: 'Disk refuses',
  diskUsed: (size: string) => `readings use ${size}`,

  needsYou: 'Needs you',
  storage: 'Storage',
  refusalRemedy: 'Free disk space; storing goes on by itself.',
  showMore: (count: number) => (count === 1 ? 'Show one more' : `Show ${count} more`),
  andMore: (count: number) => (count === 1 ? 'And one more.' : `And ${count} more.`),
  look: 'Look',
  lookAt: (title: string) => `Look at ${title}`,

  machines: 'Machines',
  showAll: 'Show all',
  noArea: 'Without an area',

  whatNext: 'What to do next',
  stepSee: 'See your machines',
  stepAdd: 'Add a machine of your own',
  stepRead: 'Read the values from a program',
  stepWall: 'Put this page on a wall display',
  done: ' (done)',

  lastEvents: 'Last events',
  noEvents: 'Nothing has happened yet.',
  events: {
    'connection.lost': (name) => `${name} stopped answering`,
    'connection.restored': (name, { span }) => `${name} answers again after ${span}`,
    'command.done': (name, { who, property, value }) =>
      `${who} set ${property} of ${name} to ${value}; read back equal`,
    'command.failed': (name, { who, property, value, outcome }) =>
      outcome === 'unknown'
        ? `${who} wrote ${value} to ${property} of ${name}; whether it took effect is not known`
        : `${who} wrote ${value} to ${property} of ${name}; it failed`,
    'thing.added': (name) => `${name} was added`,
    'thing.removed': (name) => `${name} was removed; its readings are kept`,
    'instance.started': () => 'Interwork started',
    'storage.refusing': () => 'The disk refuses: nothing is stored',
    'storage.accepting': () => 'Storing goes on',
  } as Readonly<Record<string, (name: string, event: EventWords) => string>>,
  otherEvent: (name: string) => name,

  foot: (machines: number, values: string) => `All ${machines} machines, ${values} values`,
  oldest: (age: string) => `the oldest current one ${age} old`,
  asJson: 'Take it away as JSON',

  kept: 'Kept here',
  running: 'Running since',
  readings: 'Readings since then',
  onDisk: 'On disk',
  journalAndParts: (journal: string, parts: string) => `${journal} journal, ${parts} parts`,
  recovered: 'Found at start',
  recovery: (rows: string, torn: string) => (torn === '0 B' ? `${rows} readings` : `${rows} readings, ${torn} torn`),
  setAside: 'Damaged files set aside',
  memory: 'Memory',
  version: (version: string, node: string) => `Interwork ${version}, Node ${node}`,

  addTitle: 'Which machine do you want to add?',
  addText: 'A machine that speaks Modbus TCP. Interwork only reads from it until a property permits writing.',
  host: 'Host',
  hostHint: 'Name or address on your network',
  port: 'Port',
  unit: 'Unit id',
  unitHint: '0–255; mostly 1',
  profile: 'Profile',
  profileHint: 'Says which registers mean what',
  noProfiles: 'No profile for Modbus here. Give the registers yourself with interwork add --property.',
  profileOption: (title: string, maker: string, count: number) => `${title} · ${maker} · ${count} properties`,
  name: 'Name',
  nameHint: 'As people call it',
  identifier: 'Id',
  identifierHint: 'Stands in addresses and files; cannot change',
  area: 'Area',
  areaHint: (areas: string) => `Such as ${areas}`,
  add: 'Add the machine',
  cancel: 'Cancel',
  notAdded: 'The machine was not added',
  wrong: {
    missing: 'This is needed.',
    host: 'A name or address only, without spaces or slashes.',
    port: 'A whole number from 1 to 65535.',
    unit: 'A whole number from 0 to 255.',
    id: 'Begin with a letter or digit; then letters, digits and _ . : ~ = , @ -',
  },
}
export type HomeWords = typeof words
