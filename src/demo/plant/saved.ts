import type { Plant } from './plant.ts'
import { type Random, type RandomState, resumeRandom } from './random.ts'

/** Grows with every change of what a plant is made of: an older one cannot be gone on with. */
const version = 1

/** A plant as a text, with all that its story depends on. Several parts may draw from one stream of random numbers. */
export function savePlant(plant: Plant): string {
  const streams: Random[] = []
  const place = (stream: Random): number => {
    const known = streams.indexOf(stream)
    return known >= 0 ? known : streams.push(stream) - 1
  }
  const text = JSON.stringify(plant, function (this: Record<string, unknown>, key, value: unknown) {
    const given = this[key]
    if (isRandom(given)) return { stream: place(given) }
    return given === Number.POSITIVE_INFINITY ? { never: true } : value
  })
  return `{"version":${version},"streams":${JSON.stringify(streams)},"plant":${text}}`
}

/** The plant of a text of this version and with this seed; undefined for any other. */
export function resumePlant(text: string, seed: number): Plant | undefined {
  try {
    const saved = JSON.parse(text) as { version?: unknown; streams: readonly RandomState[]; plant: Plant }
    if (saved.version !== version || saved.plant.seed !== seed) return undefined
    return revive(saved.plant, saved.streams.map(resumeRandom)) as Plant
  } catch {
    return undefined
  }
}

const isRandom = (value: unknown): value is Random =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Random>).normal === 'function'

function revive(value: unknown, streams: readonly Random[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((inner) => revive(inner, streams))
  if ('never' in value) return Number.POSITIVE_INFINITY
  if ('stream' in value) return streams[value.stream as number]
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revive(inner, streams)]))
}
