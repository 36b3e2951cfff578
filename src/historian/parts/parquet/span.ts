/** Bytes a decoder reads from: `end` of them count, and at least 16 more may be read without harm (their content is any). */
export interface Span {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly end: number
}

/** Unpackers read up to 16 bytes at once. */
export const slackBytes = 16

/** The span of these bytes; copied only where nothing follows them in their buffer. */
export function spanOf(bytes: Uint8Array): Span {
  const end = bytes.length
  const { buffer, byteOffset } = bytes
  if (byteOffset + end + slackBytes <= buffer.byteLength) return spanIn(buffer, byteOffset, end)
  const copy = new Uint8Array(end + slackBytes)
  copy.set(bytes)
  return spanIn(copy.buffer, 0, end)
}

const spanIn = (buffer: ArrayBufferLike, offset: number, end: number): Span => ({
  bytes: new Uint8Array(buffer, offset, end + slackBytes),
  view: new DataView(buffer, offset, end + slackBytes),
  end,
})
