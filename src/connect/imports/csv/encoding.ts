import { isUtf8 } from 'node:buffer'

/** How the bytes of a file become text. */
export interface Encoding {
  /** A label of the WHATWG Encoding Standard: `utf-8`, `utf-16le`, `gb18030`, `windows-1252`… */
  readonly name: string
  /** Bytes of a byte order mark at the start. */
  readonly mark: number
}

const marks: readonly (readonly [name: string, ...bytes: number[]])[] = [
  ['utf-8', 0xef, 0xbb, 0xbf],
  ['utf-16le', 0xff, 0xfe],
  ['utf-16be', 0xfe, 0xff],
]

/** Finds the encoding of a file by its first bytes; `told` wins, but a mark is skipped all the same. */
export function findEncoding(sample: Uint8Array, told?: string): Encoding {
  const marked = marks.find(([, ...bytes]) => bytes.every((byte, at) => sample[at] === byte))
  const mark = marked ? marked.length - 1 : 0
  if (told !== undefined) return { name: encodingName(told)!, mark: marked?.[0] === encodingName(told) ? mark : 0 }
  return { name: marked?.[0] ?? unmarked(sample), mark }
}

/** The standard's name of an encoding, undefined where it is none we can decode. */
export function encodingName(label: string): string | undefined {
  try {
    return new TextDecoder(label).encoding
  } catch {
    return undefined
  }
}

function unmarked(sample: Uint8Array): string {
  const zeros = zerosByParity(sample)
  if (zeros.odd > sample.length / 8 && zeros.even === 0) return 'utf-16le'
  if (zeros.even > sample.length / 8 && zeros.odd === 0) return 'utf-16be'
  if (isUtf8(wholeCharacters(sample))) return 'utf-8'
  return pairsOfGb(sample) >= 0.8 ? 'gb18030' : 'windows-1252'
}

function zerosByParity(sample: Uint8Array): { even: number; odd: number } {
  const zeros = { even: 0, odd: 0 }
  for (let at = 0; at < sample.length; at++) if (sample[at] === 0) zeros[at % 2 === 0 ? 'even' : 'odd']++
  return zeros
}

/** Without a character at the end that the sample cut through. */
function wholeCharacters(sample: Uint8Array): Uint8Array {
  let end = sample.length
  while (end > 0 && end > sample.length - 4 && (sample[end - 1]! & 0xc0) === 0x80) end--
  return end > 0 && sample[end - 1]! >= 0xc0 ? sample.subarray(0, end - 1) : sample
}

/**
 * The share of bytes beyond ASCII that stand in pairs as GB 2312 writes signs and the usual 3,755 characters. In Latin text
 * such a byte mostly stands between ASCII ones ("°C", "für"), or leads where the seldom characters are.
 */
function pairsOfGb(sample: Uint8Array): number {
  let high = 0
  let paired = 0
  for (let at = 0; at < sample.length; at++) {
    const lead = sample[at]!
    if (lead < 0x80) continue
    high++
    if (lead < 0xa1 || at + 1 >= sample.length || sample[at + 1]! < 0xa1) continue
    high++
    at++
    if (lead <= 0xa9 || (lead >= 0xb0 && lead <= 0xd7)) paired += 2
  }
  return high === 0 ? 0 : paired / high
}

/** Bytes of a file as UTF-8, and where in the file each line of them begins. */
export interface DecodedText {
  readonly bytes: Buffer
  /** The offset in `raw` of the byte at `position`, which begins the line `lines` lines after the first. */
  rawOffset(position: number, lines: number): number
  /** How many bytes of `raw` were decoded: whole lines only, unless it is the end. */
  readonly rawLength: number
}

/** Decodes the start of `raw` that is whole lines; everything where it is the end of the file. */
export function decodeText(raw: Uint8Array, encoding: string, rowEnd: 'lf' | 'cr', isEnd: boolean): DecodedText {
  const source = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  if (encoding === 'utf-8') return { bytes: source, rawLength: source.length, rawOffset: (position) => position }
  const starts = lineStarts(source, encoding, rowEnd === 'lf' ? 0x0a : 0x0d)
  const rawLength = isEnd ? source.length : (starts.at(-1) ?? 0)
  const text = new TextDecoder(encoding, { ignoreBOM: true }).decode(source.subarray(0, rawLength))
  const bytes = Buffer.from(text)
  return { bytes, rawLength, rawOffset: (_, lines) => starts[lines] ?? rawLength }
}

/** Offsets of lines, the first of them 0. No encoding but UTF-16 has a line end inside another character. */
function lineStarts(source: Buffer, encoding: string, end: number): number[] {
  const starts = [0]
  if (encoding.startsWith('utf-16')) {
    const low = encoding === 'utf-16le' ? 0 : 1
    for (let at = 0; at + 1 < source.length; at += 2)
      if (source[at + low] === end && source[at + 1 - low] === 0) starts.push(at + 2)
    return starts
  }
  for (let at = source.indexOf(end); at >= 0; at = source.indexOf(end, at + 1)) starts.push(at + 1)
  return starts
}
