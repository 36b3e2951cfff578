interface Look {
  readonly at: number
  readonly readings: number
}

/** Readings a second between two looks at a counter; undefined where there is none yet or the counter began anew. */
export function rateOf(before: Look | undefined, now: Look): number | undefined {
  if (!before || now.at <= before.at || now.readings < before.readings) return undefined
  return ((now.readings - before.readings) * 1e6) / (now.at - before.at)
}
