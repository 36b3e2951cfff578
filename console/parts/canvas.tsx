import { effect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { drawSoon, forgetDraw } from '../lib/explore/frames.ts'
import { paletteVersion } from '../lib/preferences.ts'

interface CanvasProps {
  readonly height: number
  /** A sentence that says the same; a canvas without one is decoration. */
  readonly label?: string | undefined
  /** Names what is drawn: with another name, `follow` is asked anew what to follow. */
  readonly of: string
  /** Reads the signals a drawing depends on: it is drawn again when one of them changes. */
  follow(): void
  /** Draws, in CSS pixels, with the values of now. */
  paint(pen: CanvasRenderingContext2D, width: number, height: number): void
  /** The width of the canvas became known, or changed. */
  readonly onWidth?: (width: number) => void
}

/** A canvas that is drawn when what it shows, its size or the theme changes; all of a page share one frame. */
export function Canvas(props: CanvasProps) {
  const { height, label, of } = props
  const element = useRef<HTMLCanvasElement>(null)
  const latest = useRef(props)
  latest.current = props
  const size = useRef({ width: 0, draw: () => {} })
  useEffect(() => {
    const canvas = element.current!
    const own = size.current
    own.draw = () => own.width > 0 && paintCanvas(canvas, own.width, latest.current)
    const observer = new ResizeObserver(([entry]) => {
      own.width = Math.round(entry?.contentRect.width ?? 0)
      latest.current.onWidth?.(own.width)
      drawSoon(own.draw)
    })
    observer.observe(canvas)
    return () => {
      observer.disconnect()
      forgetDraw(own.draw)
    }
  }, [])
  useEffect(
    () =>
      effect(() => {
        paletteVersion.value
        latest.current.follow()
        drawSoon(size.current.draw)
      }),
    [of],
  )
  // What was rendered anew may be drawn otherwise: in another height, with another title.
  useEffect(() => drawSoon(size.current.draw))
  return (
    <canvas
      class="canvas"
      ref={element}
      style={{ height: `${height}px` }}
      {...(label === undefined ? { 'aria-hidden': 'true' } : { role: 'img', 'aria-label': label })}
    />
  )
}

function paintCanvas(canvas: HTMLCanvasElement, width: number, { height, paint }: CanvasProps): void {
  const ratio = devicePixelRatio || 1
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)]
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide
    canvas.height = high
  }
  const pen = canvas.getContext('2d')
  if (!pen) return
  pen.setTransform(ratio, 0, 0, ratio, 0, 0)
  paint(pen, width, height)
}
