import type { ComponentChildren } from 'preact'
import type { Problem } from '../lib/contract.ts'
import { words } from '../lib/words.ts'
import { Icon } from './icons.tsx'

interface ErrorNoteProps {
  /** What failed, as a sentence. */
  readonly title: string
  readonly problem: Pick<Problem, 'code' | 'message'> & { readonly remedy?: string }
  /** What to do, as a button where possible. */
  readonly children?: ComponentChildren
}

/** What failed and with which value, the code to copy, what to do. Not an alarm: a neutral mark. */
export function ErrorNote({ title, problem, children }: ErrorNoteProps) {
  const t = words('common')
  const known = t.problems[problem.code]
  const remedy = known ?? problem.remedy
  return (
    <div class="note error" role="alert">
      <span class="mk" aria-hidden="true">
        <Icon name="cross" />
      </span>
      <div>
        <h3>{title}</h3>
        <p>
          {problem.message} {remedy}
        </p>
        <p class="xs">
          <code>{problem.code}</code>{' '}
          <button type="button" class="link" onClick={() => void navigator.clipboard?.writeText(problem.code)}>
            {t.copyCode}
          </button>
        </p>
      </div>
      {children && <div class="acts">{children}</div>}
    </div>
  )
}
