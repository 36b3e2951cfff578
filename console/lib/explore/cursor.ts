import { signal } from '@preact/signals'

/** The moment under the pointer, µs: one for all lanes. */
export const cursorAt = signal<number | undefined>(undefined)

let frame = 0

/** Moves the cursor with the next frame. */
export function pointAt(at: number | undefined): void {
  cancelAnimationFrame(frame)
  frame = requestAnimationFrame(() => {
    cursorAt.value = at
  })
}
