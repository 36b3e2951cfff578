/** Line and column of a position in a text, both from 1. */
export function placeOf(text: string, position: number): { line: number; column: number } {
  const before = text.slice(0, position)
  return { line: before.split('\n').length, column: position - before.lastIndexOf('\n') }
}

/** The word at a position, to be marked in the editor: at least one character. */
export function wordAt(text: string, position: number): [from: number, to: number] {
  const from = Math.min(position, Math.max(0, text.length - 1))
  const word = /^[\p{L}\p{N}_]+/u.exec(text.slice(from))
  return [from, from + Math.max(1, word?.[0].length ?? 1)]
}
