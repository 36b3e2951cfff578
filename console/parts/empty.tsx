import type { ComponentChildren } from 'preact'

/** One sentence why, one main action, one picture of a part with real shape. */
export function Empty({
  title,
  text,
  children,
}: {
  title: string
  text: ComponentChildren
  children: ComponentChildren
}) {
  return (
    <div class="empty">
      <svg viewBox="0 0 220 92" aria-hidden="true">
        <rect x="1" y="1" width="218" height="90" rx="10" />
        <circle cx="19" cy="20" r="4.5" stroke-dasharray="2 2" />
        <path class="soft" d="M30 20h58M14 36h34" />
        <path class="strong" d="M14 51h44" />
        <path class="track" d="M14 66h192" />
        <path class="soft" d="M14 80c20-6 34 4 52 0s30-8 50-3 32-6 48-2 26 4 42-2" />
      </svg>
      <div>
        <h2>{title}</h2>
        <p>{text}</p>
        <div class="row wrap">{children}</div>
      </div>
    </div>
  )
}
