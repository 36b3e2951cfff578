/**
 * A copy of `bytes[from, to)` as a plain array. Never `bytes.slice`: of a Node `Buffer` that is a view of the same memory,
 * and what comes from a socket is overwritten by the next bytes.
 */
export function copyBytes(bytes: Uint8Array, from: number, to: number = bytes.length): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(to - from)
  copy.set(bytes.subarray(from, to))
  return copy
}

/** Both, one after the other, in memory of its own. */
export function joinBytes(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}
