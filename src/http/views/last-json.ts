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
  let comma = ''
  let text = '{"readings":['
  for (let at = 0; at < tags.length; at++) {
    const tag = tags[at]!
    const last = house.historian.last(tag.id)
    if (last) {
      text += comma + lastText(tag, last, everyMsOf(house, tag), now)
      comma = ','
    }
    if ((at + 1) % sliceTags > 0) continue
    yield text
    text = ''
    await nextTurn()
  }
  yield `${text}]}`
}

function lastText(tag: Tag, last: LastReading, everyMs: number | undefined, now: Microseconds): string {
  const { value, quality, time, arrivedAt, lastGood } = last
  const said = presentQuality(last, everyMs, now)
  const text = `${headOf(tag)},"value":${valueText(value)},"quality":"${said}","time":${time},"arrivedAt":${arrivedAt}`
  if (!lastGood || quality === Quality.good) return `${text}}`
  return `${text},"lastGood":{"value":${valueText(lastGood.value)},"time":${lastGood.time}}}`
}

const valueText = (value: Value): string => {
  if (typeof value === 'number') return jsonNumber(value)
  return typeof value === 'bigint' ? `"${value}"` : JSON.stringify(value)
}

const heads = new WeakMap<Tag, string>()

/** What does not change of a tag's entry: quoting its names again and again would cost as much as all the rest. */
function headOf(tag: Tag): string {
  let head = heads.get(tag)
  if (head === undefined) {
    const { id, thing, property } = tag
    head = JSON.stringify({ tag: id, thing, property }).slice(0, -1)
    heads.set(tag, head)
  }
  return head
}

const intervals = new WeakMap<Thing, ReadonlyMap<string, number | undefined>>()

/** The interval between readings that is expected of a tag; a definition that changes is another object. */
function everyMsOf({ connect }: House, tag: Tag): number | undefined {
  const thing = connect.things.get(tag.thing)
  if (!thing) return undefined
  let known = intervals.get(thing)
  if (!known) {
    known = new Map(thing.properties.map((property) => [property.name, expectedEveryMs(thing, property)]))
    intervals.set(thing, known)
  }
  return known.get(tag.property)
}
