import type { ComponentChildren } from 'preact'

/** Each page ends with it: what is shown, how many of how many, how old, how to take it away. */
export function PageFoot({ children }: { children: ComponentChildren }) {
  return <footer class="page-foot xs quiet">{children}</footer>
}
