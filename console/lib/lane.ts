/** The y scale of a lane: the data with some air, and the normal band unless it would flatten the line. */
export function laneScale(
  min: number | null,
  max: number | null,
  band: { readonly min: number; readonly max: number } | undefined,
): [number, number] {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max))
    return band ? [band.min, band.max] : [0, 1]
  let [low, high] = [min, max]
  if (band && band.max - band.min <= Math.max(20 * (high - low), Math.abs(high) * 2)) {
    low = Math.min(low, band.min)
    high = Math.max(high, band.max)
  }
  const least = Math.max(Math.abs(low), Math.abs(high)) * 0.01 || 1
  const air = Math.max((high - low) * 0.12, least / 2)
  return [low - air, high + air]
}

/** At most three round numbers within a scale: what a lane has room for. */
export function fewSplits(min: number, max: number): number[] {
  const span = max - min
  if (!(span > 0)) return [min]
  const power = 10 ** Math.floor(Math.log10(span))
  for (const factor of [0.2, 0.25, 0.5, 1, 2, 2.5, 5, 10]) {
    const step = factor * power
    const first = Math.ceil(min / step)
    const last = Math.floor(max / step)
    const count = last - first + 1
    // Rounded, because 3 × 0.1 is not 0.3.
    if (count <= 3)
      return Array.from({ length: Math.max(0, count) }, (_, index) => Number(((first + index) * step).toPrecision(12)))
  }
  return []
}

/** Digits that tell the splits of an axis apart. */
export function splitDecimals(splits: readonly number[]): number {
  for (let decimals = 0; decimals < 6; decimals++)
    if (
      splits.every((split) => Math.abs(split - Number(split.toFixed(decimals))) < 1e-9 * Math.max(1, Math.abs(split)))
    )
      return decimals
  return 6
}
