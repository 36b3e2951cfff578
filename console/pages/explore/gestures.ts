import { useEffect, useRef } from 'preact/hooks'
import { instanceNow } from '../../lib/clock.ts'
import { pointAt } from '../../lib/explore/cursor.ts'
import { goBack, moveView, panView, settleView, view, zoomView } from '../../lib/explore/view.ts'
import { moveBy, pinch, type Span } from '../../lib/explore/zoom.ts'

/** What a hand does on the chart besides moving it. */
export interface SelectionHandlers {
  /** A stretch is being dragged over. */
  selecting(span: Span | undefined): void
  /** It was let go; undefined: a click beside the selection. */
  selected(span: Span | undefined): void
}

type Drag =
  | { readonly kind: 'select'; readonly at: number; readonly x: number }
  | { readonly kind: 'pan'; readonly span: Span; readonly x: number }

const leastDragPx = 5
/** A page that is being scrolled goes on scrolling when the chart comes under the pointer. */
const wheelPauseMs = 250
const zoomPerPixel = 0.0022

/** Drag selects, with Shift it pans; wheel and two fingers zoom; a double click goes back. */
export function useGestures(surface: { current: HTMLElement | null }, handlers: SelectionHandlers): void {
  const latest = useRef(handlers)
  latest.current = handlers
  useEffect(() => {
    const element = surface.current!
    const hand = new Hand(element, latest)
    return hand.listen()
  }, [])
}

class Hand {
  readonly #element: HTMLElement
  readonly #handlers: { readonly current: SelectionHandlers }
  readonly #fingers = new Map<number, number>()
  #drag: Drag | undefined
  #pinch: { readonly span: Span; readonly shares: readonly [number, number] } | undefined
  #lastWheel = 0
  #wheelInside = false

  constructor(element: HTMLElement, handlers: { readonly current: SelectionHandlers }) {
    this.#element = element
    this.#handlers = handlers
  }

  listen(): () => void {
    const stop = new AbortController()
    const { signal } = stop
    const on = <K extends keyof HTMLElementEventMap>(type: K, run: (event: HTMLElementEventMap[K]) => void) =>
      this.#element.addEventListener(type, run, { signal })
    on('pointerdown', (event) => this.#down(event))
    on('pointermove', (event) => this.#move(event))
    on('pointerup', (event) => this.#up(event))
    on('pointercancel', (event) => this.#cancel(event))
    on('pointerleave', () => this.#drag || pointAt(undefined))
    on('dblclick', goBack)
    // In the capture phase of the window: it must be known whether a wheel began beside the chart.
    addEventListener('wheel', (event) => this.#wheel(event), { signal, capture: true, passive: false })
    return () => {
      stop.abort()
      pointAt(undefined)
    }
  }

  #share(x: number): number {
    const { left, width } = this.#element.getBoundingClientRect()
    return Math.min(1, Math.max(0, (x - left) / width))
  }

  #time(x: number): number {
    const { from, to } = view.peek()
    return from + this.#share(x) * (to - from)
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 && event.button !== 1) return
    this.#fingers.set(event.pointerId, event.clientX)
    this.#element.setPointerCapture(event.pointerId)
    if (this.#fingers.size === 2) {
      this.#drag = undefined
      this.#handlers.current.selecting(undefined)
      this.#pinch = { span: view.peek(), shares: this.#shares() }
      return
    }
    const pans = event.shiftKey || event.button === 1
    if (event.button === 1) event.preventDefault()
    this.#drag = pans
      ? { kind: 'pan', span: view.peek(), x: event.clientX }
      : { kind: 'select', at: this.#time(event.clientX), x: event.clientX }
  }

  #shares(): [number, number] {
    const [a, b] = [...this.#fingers.values()].map((x) => this.#share(x))
    return [a ?? 0, b ?? 1]
  }

  #move(event: PointerEvent): void {
    if (this.#fingers.has(event.pointerId)) this.#fingers.set(event.pointerId, event.clientX)
    if (this.#pinch) {
      moveView(pinch(this.#pinch.span, this.#pinch.shares, this.#shares()))
      return
    }
    pointAt(this.#time(event.clientX))
    const drag = this.#drag
    if (!drag || Math.abs(event.clientX - drag.x) < leastDragPx) return
    if (drag.kind === 'select') this.#handlers.current.selecting(ordered(drag.at, this.#time(event.clientX)))
    else {
      const { from, to } = drag.span
      const us = ((drag.x - event.clientX) / this.#element.clientWidth) * (to - from)
      moveView(moveBy(drag.span, us, instanceNow()))
    }
  }

  #up(event: PointerEvent): void {
    const drag = this.#drag
    this.#cancel(event)
    if (!drag) return
    if (drag.kind === 'pan') {
      settleView()
      return
    }
    const moved = Math.abs(event.clientX - drag.x) >= leastDragPx
    this.#handlers.current.selected(moved ? ordered(drag.at, this.#time(event.clientX)) : undefined)
  }

  #cancel(event: PointerEvent): void {
    this.#fingers.delete(event.pointerId)
    if (this.#fingers.size < 2) this.#pinch = undefined
    this.#drag = undefined
    this.#handlers.current.selecting(undefined)
    if (event.pointerType === 'touch' && this.#fingers.size === 0) pointAt(undefined)
  }

  #wheel(event: WheelEvent): void {
    const inside = this.#element.contains(event.target as Node)
    if (event.timeStamp - this.#lastWheel > wheelPauseMs) this.#wheelInside = inside
    this.#lastWheel = event.timeStamp
    if (!inside || !this.#wheelInside) return
    event.preventDefault()
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey)
      panView(((event.deltaX || event.deltaY) * unit) / this.#element.clientWidth)
    else zoomView(Math.exp(event.deltaY * unit * zoomPerPixel), this.#time(event.clientX))
  }
}

const ordered = (a: number, b: number): Span => ({ from: Math.min(a, b), to: Math.max(a, b) })
