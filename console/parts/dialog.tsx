// biome-ignore-all lint/a11y/useKeyWithClickEvents: the key that does the same as a click beside the dialog is Esc, its own
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

interface DialogProps {
  /** A question with the object in it. */
  readonly title: string
  readonly onClose: () => void
  readonly wide?: boolean
  readonly children: ComponentChildren
}

/** The native dialog, modal: Esc cancels, and the focus goes back to where it came from. */
export function Dialog({ title, onClose, wide, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  // In the layout phase: a passive effect is cleaned up a frame after the dialog has left the page, and until then the focus
  // would be nowhere and keys would go astray.
  useLayoutEffect(() => {
    const dialog = element.current!
    const returnTo = document.activeElement as HTMLElement | null
    dialog.showModal()
    return () => {
      dialog.close()
      returnTo?.focus()
    }
  }, [])
  return (
    <dialog
      ref={element}
      class={wide ? 'wide' : undefined}
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => event.target === element.current && onClose()}
    >
      <div class="dialog-body">
        <h2 id="dialog-title">{title}</h2>
        {children}
      </div>
    </dialog>
  )
}
