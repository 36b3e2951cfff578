import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Microseconds } from '#kernel'
import { Quality, type Tag, type Thing, type Value } from '#model'
import type { LastReading } from '#ports'
import type { House } from '../house.ts'
import { presentQuality } from './reading.ts'
import { expectedEveryMs } from './thing.ts'
import { jsonNumber } from './value.ts'

/** Tags written between two turns of the event loop: about a millisecond of work. */
const sliceTags = 2_000

/** The newest readings of tags as `lastReadings` of the contract, in slices; tags without a reading are left out. */
export async function* lastReadingsAsJson(house: House, tags: readonly Tag[]): AsyncGenerator<string> {
  const now = house.clock.now()
  const known = knownOf(house)
  const [timeText, arrivedText] = [rememberingText(), rememberingText()]
  let comma = ''
  let text = '{"readings":['
  for (let at = 0; at < tags.length; at++) {
    const tag = tags[at]!
    const last = house.historian.last(tag.id)
    if (last) {
      const { head, everyMs } = factsOf(house, known, tag)
      const said = presentQuality(last, everyMs, now)
      text += `${comma}${head}${valueText(last.value)},"quality":"${said}","time":${timeText(last.time)},"arrivedAt":${arrivedText(last.arrivedAt)}${lastGoodText(last)}`
      comma = ','
    }
    if ((at + 1) % sliceTags > 0) continue
    yield text
    text = ''
    await nextTurn()
  }
  yield `${text}]}`
}

function lastGoodText({ quality, lastGood }: LastReading): string {
  if (!lastGood || quality === Quality.good) return '}'
  return `,"lastGood":{"value":${valueText(lastGood.value)},"time":${lastGood.time}}}`
}

const valueText = (value: Value): string => {
  if (typeof value === 'number') return jsonNumber(value)
  return typeof value === 'bigint' ? `"${value}"` : JSON.stringify(value)
}

/** The text of a time. Readings of one batch share theirs, and writing one costs as much as the rest of an entry. */
function rememberingText(): (time: Microseconds) => string {
  let last = Number.NaN
  let text = ''
  return (time) => {
    if (time !== last) {
      last = time
      text = String(time)
    }
    return text
  }
}

/** What is the same of a tag from one answer to the next. */
interface TagFacts {
  /** Its entry up to the value. */
  readonly head: string
  /** The definition that `everyMs` is of; one that changes is another object. */
  readonly thing: Thing | undefined
  readonly everyMs: number | undefined
}

/** By tag id, of each server. */
const known = new WeakMap<House['historian'], TagFacts[]>()

function knownOf({ historian }: House): TagFacts[] {
  const facts = known.get(historian) ?? []
  known.set(historian, facts)
  return facts
}

function factsOf({ connect }: House, all: TagFacts[], tag: Tag): TagFacts {
  const thing = connect.things.get(tag.thing)
  let facts = all[tag.id]
  if (facts && facts.thing === thing) return facts
  const property = thing?.properties.find(({ name }) => name === tag.property)
  const head = `${JSON.stringify({ tag: tag.id, thing: tag.thing, property: tag.property }).slice(0, -1)},"value":`
  facts = { head, thing, everyMs: thing && property && expectedEveryMs(thing, property) }
  all[tag.id] = facts
  return facts
}
