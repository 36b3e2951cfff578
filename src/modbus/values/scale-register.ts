/** Registers scaled by another one: value = raw × 10^exponent (SunSpec "sunssf"; 0x8000 says: not implemented). */
export type Exponent = number

/** The exponent in a register: NaN where the device says that it has none, Infinity where it is absurd. */
export function readExponent(view: DataView, at: number): Exponent {
  const raw = view.getInt16(at, false)
  if (raw === -0x8000) return Number.NaN
  return raw >= -10 && raw <= 10 ? raw : Number.POSITIVE_INFINITY
}

const powers = Array.from({ length: 11 }, (_, n) => 10 ** n)

/** Negative exponents divide, which rounds correctly. */
export function applyExponent(raw: number, exponent: Exponent): number {
  if (exponent === 0) return raw
  if (exponent > 0 && exponent <= 10) return raw * powers[exponent]!
  if (exponent < 0 && exponent >= -10) return raw / powers[-exponent]!
  return Number.isNaN(raw) ? raw : exponent
}
