import { swapsBytes, type TextEncoding } from './encoding.ts'

/** Reads a text. `null`: the device has none (all bits set); `undefined`: the bytes are no text of this encoding. */
export type TextDecoderOf = (view: DataView, at: number) => string | null | undefined

export function compileText({ registers, order, text }: TextEncoding): TextDecoderOf {
  const bytes = new Uint8Array(registers * 2)
  const swap = swapsBytes(order) ? 1 : 0
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  return (view, at) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = view.getUint8(at + (i ^ swap))
    if (bytes.every((byte) => byte === 0xff)) return null
    const end = bytes.indexOf(0)
    const used = end < 0 ? bytes : bytes.subarray(0, end)
    if (text === 'ascii' && !used.every((byte) => byte >= 0x20 && byte < 0x7f)) return undefined
    try {
      return utf8.decode(used).trimEnd()
    } catch {
      return undefined
    }
  }
}
