// biome-ignore-all lint/a11y/noNoninteractiveTabindex: code that scrolls must be reachable by keyboard
import { useState } from 'preact/hooks'
import { instanceNow } from '../../lib/clock.ts'
import type { Chosen } from '../../lib/explore/chosen.ts'
import { type SnippetKind, snippet, snippetKinds } from '../../lib/explore/snippets.ts'
import { view } from '../../lib/explore/view.ts'
import type { Span } from '../../lib/explore/zoom.ts'
import { hrefOf, queryEntry, setQuery } from '../../lib/router.ts'
import { words } from '../../lib/words.ts'
import { Icon } from '../../parts/icons.tsx'

const copiedForMs = 2000

/** The selection, else the view, in whole seconds: what is taken along. */
export function takenSpan(selection: Span | undefined): Span {
  const { from, to } = selection ?? view.value
  return { from: Math.floor(from / 1e6) * 1e6, to: Math.ceil(Math.min(to, instanceNow()) / 1e6) * 1e6 }
}

/** A request from this machine is its owner's; from elsewhere a token is asked for. */
const isLocal = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host)

/** Code that reads the same rows without this page: it runs as it stands. */
export function Take({ chosen, selection }: { chosen: readonly Chosen[]; selection: Span | undefined }) {
  const t = words('explore')
  const kind = snippetKinds.find((key) => key === queryEntry('copy')) ?? 'pandas'
  const needsToken = !isLocal(location.hostname)
  const names = chosen.filter(({ property }) => property).map(({ name }) => name)
  if (names.length === 0) return null
  const code = snippet(kind, { origin: location.origin, names, span: takenSpan(selection), needsToken })
  return (
    <section class="card" id="take" aria-labelledby="take-title">
      <header>
        <h2 id="take-title">{t.take}</h2>
        <span class="end xs quiet hide-s">{t.takeHint}</span>
      </header>
      <div class="row take-tabs">
        <Tabs kind={kind} />
        <Copy code={code} kind={kind} />
      </div>
      <div role="tabpanel" id="take-panel" aria-labelledby={`take-${kind}`}>
        <pre tabIndex={0}>{code}</pre>
        <p class="xs quiet take-note">
          {t.notes[kind]} {needsToken && kind !== 'sql' && t.tokenNote}{' '}
          {kind === 'sql' && <a href={hrefOf('/sql', { q: code })}>{t.openInSql}</a>}
        </p>
      </div>
    </section>
  )
}

function Tabs({ kind }: { kind: SnippetKind }) {
  const t = words('explore')
  const choose = (next: SnippetKind) => setQuery({ copy: next === 'pandas' ? undefined : next })
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    event.stopPropagation()
    const next = snippetKinds[(snippetKinds.indexOf(kind) + step + snippetKinds.length) % snippetKinds.length]!
    choose(next)
    document.getElementById(`take-${next}`)?.focus()
  }
  return (
    <div class="tabs grow" role="tablist" tabIndex={-1} aria-label={t.format} onKeyDown={onKey}>
      {snippetKinds.map((key) => (
        <button
          key={key}
          id={`take-${key}`}
          type="button"
          role="tab"
          aria-selected={key === kind}
          aria-controls="take-panel"
          tabIndex={key === kind ? 0 : -1}
          onClick={() => choose(key)}
        >
          {t.snippets[key]}
        </button>
      ))}
    </div>
  )
}

function Copy({ code, kind }: { code: string; kind: SnippetKind }) {
  const t = words('explore')
  const [copied, setCopied] = useState('')
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code)
    } catch {
      selectCode()
      return
    }
    setCopied(code)
    setTimeout(() => setCopied(''), copiedForMs)
  }
  return (
    <>
      <button type="button" class="btn small" onClick={() => void copy()}>
        <Icon name={copied === code ? 'check' : 'copy'} />
        <span>{copied === code ? t.copied : t.copy}</span>
      </button>
      <span class="vh" role="status">
        {copied === code ? t.copiedKind(t.snippets[kind]) : ''}
      </span>
    </>
  )
}

/** Where the browser keeps the clipboard to itself, the code is at least chosen. */
function selectCode(): void {
  const code = document.querySelector('#take-panel pre')
  if (code) getSelection()?.selectAllChildren(code)
}
