import { useEffect, useRef, useState } from 'preact/hooks'
import type { Problem } from '../../lib/contract.ts'
import { formatLength } from '../../lib/format.ts'
import { queryEntry, setQuery } from '../../lib/router.ts'
import { placeOf, wordAt } from '../../lib/sql/place.ts'
import { words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ErrorNote } from '../../parts/error.tsx'
import { Icon } from '../../parts/icons.tsx'
import { useTitle } from '../../parts/title.ts'
import { AnswerCard } from './answer.tsx'
import { Examples, History, Tables } from './aside.tsx'
import { useQuestion } from './use-question.ts'

/** Read-only SQL over all that is kept; the question stands in the address. */
export function Page() {
  const t = words('sql')
  useTitle(t.title)
  const asked = queryEntry('q') ?? ''
  const [text, setText] = useState(asked)
  const editor = useRef<HTMLTextAreaElement>(null)
  const question = useQuestion()
  // A link brings its question with it, and its answer.
  useEffect(() => {
    if (asked === '') return
    setText(asked)
    question.ask(asked)
  }, [asked])
  const run = () => {
    const sql = text.trim()
    if (sql === '') return editor.current?.focus()
    if (sql === asked) question.ask(sql)
    else setQuery({ q: sql, as: undefined }, { replace: false })
  }
  const take = (sql: string) => {
    setText(sql)
    editor.current?.focus()
  }
  const insert = (name: string) => {
    const { selectionStart: from = text.length, selectionEnd: to = text.length } = editor.current ?? {}
    setText(text.slice(0, from) + name + text.slice(to))
    editor.current?.focus()
    requestAnimationFrame(() => editor.current?.setSelectionRange(from + name.length, from + name.length))
  }
  return (
    <>
      <div class="head">
        <div>
          <h1>{t.title}</h1>
          <p>{t.subtitle}</p>
        </div>
      </div>
      <div class="g12 work-first">
        <div class="stack">
          <Examples onTake={take} />
          <Tables onInsert={insert} />
          <History onTake={take} />
        </div>
        <div class="stack">
          <Card id="question" label={t.question}>
            <div class="body editor">
              <textarea
                id="sql"
                class="mono"
                ref={editor}
                rows={Math.min(18, Math.max(6, text.split('\n').length + 1))}
                spellcheck={false}
                autocomplete="off"
                aria-label={t.editor}
                value={text}
                onInput={(event) => setText(event.currentTarget.value)}
                onKeyDown={(event) => {
                  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
                  event.preventDefault()
                  run()
                }}
              />
              <div class="row wrap">
                <button type="button" class="btn main" onClick={run}>
                  <Icon name="later" />
                  <span>{t.run}</span>
                </button>
                {question.startedMs !== undefined && (
                  <Running startedMs={question.startedMs} onCancel={question.cancel} />
                )}
                <span class="xs quiet end hide-s">{text.trim() === '' ? t.writeFirst : t.runKey}</span>
              </div>
            </div>
            {question.problem && <Failure problem={question.problem} title={t.failed} text={text} editor={editor} />}
          </Card>
          {question.answer ? (
            <AnswerCard answer={question.answer} sql={question.sql} />
          ) : (
            !question.problem &&
            question.startedMs === undefined && (
              <Card id="answer" label={t.answer}>
                <Empty title={t.emptyTitle} text={t.emptyText}>
                  {null}
                </Empty>
              </Card>
            )
          )}
        </div>
      </div>
    </>
  )
}

/** What takes longer than a second says for how long, and can be stopped. */
function Running({ startedMs, onCancel }: { startedMs: number; onCancel: () => void }) {
  const t = words('sql')
  const [now, setNow] = useState(startedMs)
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 500)
    return () => clearInterval(timer)
  }, [startedMs])
  return (
    <>
      <button type="button" class="btn" onClick={onCancel}>
        {t.cancel}
      </button>
      {now - startedMs >= 1000 && (
        <span class="s soft num" role="status">
          {t.running(formatLength(Math.floor((now - startedMs) / 1000) * 1e6))}
        </span>
      )}
    </>
  )
}

interface FailureProps {
  readonly problem: Problem
  readonly title: string
  readonly text: string
  readonly editor: { readonly current: HTMLTextAreaElement | null }
}

/** What is wrong with the question, and where. */
function Failure({ problem, title, text, editor }: FailureProps) {
  const t = words('sql')
  const position = problem.detail?.['position']
  if (typeof position !== 'number') return <ErrorNote title={title} problem={problem} />
  const { line, column } = placeOf(text, position)
  const show = () => {
    editor.current?.focus()
    editor.current?.setSelectionRange(...wordAt(text, position))
  }
  return (
    <ErrorNote title={title} problem={{ ...problem, message: `${t.at(line, column)} ${problem.message}.` }}>
      <button type="button" class="btn small" onClick={show}>
        {t.showPlace}
      </button>
    </ErrorNote>
  )
}
