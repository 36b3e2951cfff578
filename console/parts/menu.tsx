// biome-ignore-all lint/a11y/noStaticElementInteractions: the keys are caught for the menu inside the box, which has the role
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon, type IconName } from './icons.tsx'

export type MenuItem =
  | { readonly label: string; readonly icon: IconName; run(): void }
  | { readonly label: string; readonly icon: IconName; readonly href: string; readonly download: string }

/** A button that opens a list of actions: arrows move, Enter runs, Esc and a click beside close. */
export function Menu({ label, items }: { label: string; items: readonly MenuItem[] }) {
  const [open, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!open) return
    entries(box.current!)[0]?.focus()
    const beside = (event: MouseEvent) => !box.current?.contains(event.target as Node) && setOpen(false)
    document.addEventListener('click', beside)
    return () => document.removeEventListener('click', beside)
  }, [open])
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  return (
    <div class="menu" ref={box} onKeyDown={(event) => open && onMenuKey(event, box.current!, close)}>
      <button
        type="button"
        ref={button}
        class="btn"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="more" />
      </button>
      {open && (
        <div role="menu" aria-label={label}>
          {items.map((item) => (
            <Item key={item.label} item={item} onDone={close} />
          ))}
        </div>
      )}
    </div>
  )
}

function Item({ item, onDone }: { item: MenuItem; onDone: () => void }) {
  const content = (
    <>
      <Icon name={item.icon} />
      {item.label}
    </>
  )
  if ('href' in item)
    return (
      <a role="menuitem" tabIndex={-1} href={item.href} download={item.download} onClick={onDone}>
        {content}
      </a>
    )
  const run = () => {
    onDone()
    item.run()
  }
  return (
    <button type="button" role="menuitem" tabIndex={-1} onClick={run}>
      {content}
    </button>
  )
}

const entries = (box: HTMLElement): HTMLElement[] => [...box.querySelectorAll<HTMLElement>('[role="menuitem"]')]

function onMenuKey(event: KeyboardEvent, box: HTMLElement, close: () => void): void {
  const all = entries(box)
  const at = all.indexOf(document.activeElement as HTMLElement)
  const to: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }
  const target = to[event.key]
  if (target !== undefined) {
    event.preventDefault()
    all[target % all.length]?.focus()
  } else if (event.key === 'Escape' || event.key === 'Tab') {
    event.stopPropagation()
    close()
  }
}
