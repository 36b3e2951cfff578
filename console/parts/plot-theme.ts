import type { PlotTheme } from '../lib/explore/draw.ts'
import { token } from '../lib/palette.ts'

/** Width of the value axis left of every plot, and what is left free right of it, in pixels. */
export const axisWidth = 48
export const rightSpace = 4
/** Each further axis of an overlaid plot stands right of it. */
export const furtherAxis = 44

/** Colours and face of now. */
export const plotTheme = (): PlotTheme => ({
  grid: token('line'),
  bandEdge: token('band-edge'),
  text: token('ink-3'),
  font: `${smallest()} ${token('font')}`,
})

/** The size of the smallest text of the page: canvases say it in pixels. */
const smallest = (): string => `${Number.parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.75}px`
