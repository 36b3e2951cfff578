/** A stream of numbers that depends on its seed and name alone: the same plant tells the same story every time. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Mean 0, variance 1, never beyond ±3.5: sensors have no infinitely rare readings. */
  normal(): number
  /** Where it stands, for `resumeRandom`; also what JSON makes of it. */
  toJSON(): RandomState
}

export type RandomState = { readonly random: readonly [a: number, b: number, c: number, counter: number] }

/** Small fast counting generator (sfc32, public domain), seeded by hashing the name of the stream. */
export function createRandom(seed: number, stream: string): Random {
  const begin = [hash(`${seed}/${stream}/a`), hash(`${seed}/${stream}/b`), hash(`${seed}/${stream}/c`), 1] as const
  const random = resumeRandom({ random: begin })
  for (let i = 0; i < 12; i++) random.next()
  return random
}

/** Goes on where a stream of numbers stood. */
export function resumeRandom({ random: [first, second, third, count] }: RandomState): Random {
  let [a, b, c, counter] = [first, second, third, count]
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
  return {
    next,
    normal: () => (next() + next() + next() + next() - 2) * Math.sqrt(3),
    toJSON: () => ({ random: [a, b, c, counter] }),
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value | 0
}

/** A value that wanders around 0: what weather, habits and loads do. (Ornstein–Uhlenbeck process.) */
export interface Drift {
  readonly random: Random
  readonly deviation: number
  readonly seconds: number
  value: number
}

/** A drift with a standard deviation, which forgets its past within about `seconds`. */
export const createDrift = (random: Random, deviation: number, seconds: number): Drift => ({
  random,
  deviation,
  seconds,
  value: deviation * random.normal(),
})

export function stepDrift(drift: Drift, dt: number): number {
  const { deviation, seconds, random } = drift
  drift.value += (-drift.value * dt) / seconds + deviation * Math.sqrt((2 * dt) / seconds) * random.normal()
  return drift.value
}

/** Moves `value` towards `target` as a first-order lag of `seconds` does in `dt`. */
export const towards = (value: number, target: number, dt: number, seconds: number): number =>
  value + (target - value) * (1 - Math.exp(-dt / seconds))

export const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value))
