/** Up to here every row stands in the document; above, only those near the window. */
export const virtualAbove = 200
const spare = 20

export interface RowWindow {
  readonly first: number
  readonly last: number
  readonly above: number
  readonly below: number
}

/** Which rows are near the part of the box that is seen. */
export function rowWindow(count: number, rowHeight: number, scrollTop: number, boxHeight: number): RowWindow {
  if (count <= virtualAbove) return { first: 0, last: count, above: 0, below: 0 }
  const first = Math.max(0, Math.min(count, Math.floor(scrollTop / rowHeight)) - spare)
  const last = Math.min(count, Math.ceil((scrollTop + boxHeight) / rowHeight) + spare)
  return { first, last, above: first * rowHeight, below: (count - last) * rowHeight }
}
