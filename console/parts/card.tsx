import type { ComponentChildren } from 'preact'

interface CardProps {
  /** Without one the card has no header and `label` names it. */
  readonly title?: ComponentChildren
  readonly id: string
  readonly label?: string
  readonly count?: string | number | undefined
  readonly actions?: ComponentChildren
  readonly footer?: ComponentChildren
  readonly class?: string
  readonly children: ComponentChildren
}

/** Header (h2, count, actions right), content, footer with provenance. */
export function Card({ title, id, label, count, actions, footer, class: extra, children }: CardProps) {
  const name = title === undefined ? { 'aria-label': label } : { 'aria-labelledby': `${id}-title` }
  return (
    <section class={`card${extra ? ` ${extra}` : ''}`} id={id} {...name}>
      {title !== undefined && (
        <header>
          <h2 id={`${id}-title`}>{title}</h2>
          {count !== undefined && <span class="quiet num">{count}</span>}
          {actions}
        </header>
      )}
      {children}
      {footer && <footer>{footer}</footer>}
    </section>
  )
}
