import { z } from 'zod'
import { readStates, type States } from '#historian'
import { qualityName, type Tag, type Value } from '#model'
import { apiPrefix, type StatePage, statePage } from '../contract.ts'
import { goneSignal } from '../formats/send.ts'
import { resolveRange } from '../moment.ts'
import { route } from '../route.ts'
import { valueView } from '../views/value.ts'
import { chosenTags, tagFields } from './chosen-tags.ts'
import { rangeFields, rangeToNow, stepField, stepped, zoneField } from './stepped.ts'

export const getStates = route({
  method: 'GET',
  path: `${apiPrefix}/readings/states`,
  summary: 'Which states properties were in, and for how long',
  description:
    'Of texts, booleans and integers. A value holds until the next one; at the beginning the one before it holds. Time without a value is told apart. With `step` also totals of each step.',
  right: 'reading.read',
  query: z.strictObject({
    ...tagFields,
    ...rangeFields,
    step: stepField.optional(),
    zone: zoneField,
    limit: z.coerce.number().int().min(0).max(10_000).default(1_000).describe('intervals of each property'),
  }),
  reply: statePage,
  async handle({ query }, house, answer) {
    const tags = chosenTags(house, query)
    const asked = rangeToNow(query, house)
    const { from, to } = resolveRange(
      { from: { at: asked.from }, to: { at: Math.min(asked.to, house.clock.now()) } },
      0,
    )
    const { step, limit } = query
    const edges = step === undefined ? undefined : stepped({ ...query, step, to: { at: to } }, house).edges
    const signal = goneSignal(answer)
    const series: StatePage['series'] = []
    for (const tag of tags) {
      const states = await readStates(house.historian, {
        tag: tag.id,
        from,
        to,
        limit,
        ...(edges && { edges }),
        signal,
      })
      series.push(stateView(tag, states))
    }
    return { from, to, series }
  },
})

function stateView({ id, thing, property }: Tag, states: States): StatePage['series'][number] {
  const { intervals, truncated, totals, unknownUs, buckets } = states
  const shown = <T extends { readonly value: Value }>(all: readonly T[]) =>
    all.map((one) => ({ ...one, value: valueView(one.value) }))
  return {
    tag: id,
    thing,
    property,
    intervals: shown(intervals).map((interval) => ({ ...interval, quality: qualityName(interval.quality) })),
    truncated,
    totals: shown(totals),
    unknownUs,
    ...(buckets && { buckets: buckets.map((bucket) => ({ ...bucket, totals: shown(bucket.totals) })) }),
  }
}
