import { Quality } from '#model/readings'

/** Words for "there is no value": the machine, or the program that wrote the file, had none. */
const noValue = new Set(
  'nan null nil none n/a na #n/a #nv #div/0! #value! #wert! #ref! #num! #zahl! - -- --- . ? \\n bad'.split(' '),
)

/** Whether a cell says in words that there is no value. */
export const isNoValue = (text: string): boolean => noValue.has(text.toLowerCase())

const truth: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(
    ['true', 't', 'on', 'yes', 'y', '1', '是', '开', 'ja', 'ein', 'wahr', 'oui', 'vrai'].map((word) => [word, true]),
  ),
  ...Object.fromEntries(
    ['false', 'f', 'off', 'no', 'n', '0', '否', '关', 'nein', 'aus', 'falsch', 'non', 'faux'].map((word) => [
      word,
      false,
    ]),
  ),
}

/** Undefined where the word is neither. */
export function parseBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase()
  if (Object.hasOwn(truth, word)) return truth[word]
  const number = /^[01][.,]0+$/.test(word) ? word[0] : undefined
  return number === undefined ? undefined : number === '1'
}

/** Whether it is a truth value in words: 0 and 1 alone are numbers unless told otherwise. */
export const isTruthWord = (text: string): boolean => !/^[01]/.test(text) && parseBoolean(text) !== undefined

const qualities: Readonly<Record<string, number>> = {
  good: Quality.good,
  ok: Quality.good,
  gut: Quality.good,
  true: Quality.good,
  好: Quality.good,
  正常: Quality.good,
  substituted: Quality.substituted,
  manual: Quality.substituted,
  stale: Quality.stale,
  uncertain: Quality.stale,
  frozen: Quality.frozen,
  out_of_range: Quality.outOfRange,
  null: Quality.nullValue,
  comm_error: Quality.commError,
  bad: Quality.commError,
  schlecht: Quality.commError,
  false: Quality.commError,
  坏: Quality.commError,
  异常: Quality.commError,
}

/** The code of a quality as a file writes it: our words and codes, OPC's words, OPC's codes where the file has those. */
export function parseQuality(text: string, opc: boolean): number | undefined {
  if (text === '') return Quality.good
  const word = text.toLowerCase()
  if (Object.hasOwn(qualities, word)) return qualities[word]
  if (!/^\d{1,5}$/.test(word)) return undefined
  const code = Number(word)
  if (!opc) return code <= Quality.commError ? code : undefined
  // OPC Data Access 3.0 §6.8: the two highest bits of the low byte.
  const status = (code & 0xff) >> 6
  return status === 3 ? Quality.good : status === 1 ? Quality.stale : Quality.commError
}
