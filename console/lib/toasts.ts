import { signal } from '@preact/signals'

/** Only for what the person did and can undo. */
export interface Toast {
  readonly id: number
  readonly text: string
  readonly undo: { readonly label: string; run(): void }
}

export const toasts = signal<readonly Toast[]>([])
let next = 1

export function showToast(text: string, undo: Toast['undo']): void {
  toasts.value = [...toasts.peek(), { id: next++, text, undo }]
}

export function dismissToast(id: number): void {
  toasts.value = toasts.peek().filter((toast) => toast.id !== id)
}
