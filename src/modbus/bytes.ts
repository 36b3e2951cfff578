/**
 * A copy of `bytes[from, to)`. Never `bytes.slice`: of a Node `Buffer` that is a view of the same memory, and what comes
 * from a socket is overwritten by the next bytes.
 */
export const copyBytes = (bytes: Uint8Array, from: number, to: number = bytes.length): Uint8Array =>
  Uint8Array.prototype.slice.call(bytes, from, to)

/** Both, one after the other, in memory of its own. */
export function joinBytes(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}
