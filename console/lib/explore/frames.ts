/** What is to be drawn, each once, in the order in which it was asked for. */
const waiting = new Set<() => void>()
/** A frame has 16 ms; this much of it is ours, the rest of what waits is drawn in the next. */
const budgetMs = 6
/** What is told to a canvas is turned into pixels after us: so many canvases a frame, and fifty are drawn ten times a second. */
const drawnAtMost = 9
let asked = false

/** Draws in the next frame: one request for all charts of the page. `draw` stays the same function for the same chart. */
export function drawSoon(draw: () => void): void {
  waiting.add(draw)
  if (asked) return
  asked = true
  requestAnimationFrame(drawWaiting)
}

/** Takes back what is no longer on the page. */
export function forgetDraw(draw: () => void): void {
  waiting.delete(draw)
}

function drawWaiting(): void {
  const begin = performance.now()
  let drawn = 0
  for (const draw of waiting) {
    waiting.delete(draw)
    draw()
    if (++drawn >= drawnAtMost || performance.now() - begin > budgetMs) break
  }
  asked = waiting.size > 0
  if (asked) requestAnimationFrame(drawWaiting)
}
