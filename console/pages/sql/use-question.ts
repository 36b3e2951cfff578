import { useEffect, useRef, useState } from 'preact/hooks'
import { api, asProblem } from '../../lib/api.ts'
import type { Problem, SqlAnswerView } from '../../lib/contract.ts'
import { SqlHistory } from '../../lib/sql/history.ts'

/** Questions asked in this browser. */
export const sqlHistory = new SqlHistory(() => localStorage)

const maxRows = 10_000
const timeoutMs = 60_000

interface State {
  readonly sql: string
  readonly answer?: SqlAnswerView | undefined
  readonly problem?: Problem
  /** Under way since, by `performance.now()`. */
  readonly startedMs?: number
}

/** One question at a time; the answer before stays until the next is there. */
export function useQuestion() {
  const [state, setState] = useState<State>({ sql: '' })
  const abort = useRef<AbortController | undefined>(undefined)
  useEffect(() => () => abort.current?.abort(), [])
  const ask = async (sql: string) => {
    abort.current?.abort()
    const own = new AbortController()
    abort.current = own
    sqlHistory.add(sql)
    setState((before) => ({ sql: before.sql, answer: before.answer, startedMs: performance.now() }))
    try {
      const answer = await api.sql({ sql, maxRows, timeoutMs }, own.signal)
      if (!own.signal.aborted) setState({ sql, answer })
    } catch (error) {
      if (!own.signal.aborted) setState({ sql, problem: asProblem(error) })
    }
  }
  const cancel = () => {
    abort.current?.abort()
    setState(({ startedMs: _, ...before }) => before)
  }
  return { ...state, ask: (sql: string) => void ask(sql), cancel }
}
