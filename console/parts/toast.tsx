// biome-ignore-all lint/a11y/noStaticElementInteractions: pointing at a toast only makes it stay; keyboards hold it by focus
import { useEffect, useState } from 'preact/hooks'
import { dismissToast, type Toast, toasts } from '../lib/toasts.ts'

const shownForMs = 6000

/** What the person did and can undo: bottom left, six seconds, and it waits while it is pointed at. */
export function Toasts() {
  return (
    <div class="toasts" role="status">
      {toasts.value.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </div>
  )
}

function ToastCard({ toast }: { toast: Toast }) {
  const [held, setHeld] = useState(false)
  useEffect(() => {
    if (held) return
    const timer = setTimeout(() => dismissToast(toast.id), shownForMs)
    return () => clearTimeout(timer)
  }, [held, toast.id])
  const undo = () => {
    dismissToast(toast.id)
    toast.undo.run()
  }
  return (
    <div class="toast" onMouseEnter={() => setHeld(true)} onMouseLeave={() => setHeld(false)}>
      <span>{toast.text}</span>
      <button
        type="button"
        class="btn small"
        onFocus={() => setHeld(true)}
        onBlur={() => setHeld(false)}
        onClick={undo}
      >
        {toast.undo.label}
      </button>
    </div>
  )
}
