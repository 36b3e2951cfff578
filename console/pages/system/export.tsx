import { useState } from 'preact/hooks'
import { api, asProblem } from '../../lib/api.ts'
import type { Problem } from '../../lib/contract.ts'
import { words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'
import { ErrorNote } from '../../parts/error.tsx'
import { lookNow, newestOf } from './work.ts'

/** Everything as a folder a stranger can read. */
export function Export() {
  const t = words('system')
  const [problem, setProblem] = useState<Problem>()
  const newest = newestOf('export')
  const begin = async () => {
    setProblem(undefined)
    await api.exportAll().then(lookNow, (error: unknown) => setProblem(asProblem(error)))
  }
  const folder = newest?.state === 'done' ? newest.result?.['folder'] : undefined
  return (
    <Card id="export" title={t.export}>
      <div class="body stack">
        <p class="s">{t.exportText}</p>
        {problem && <ErrorNote title={t.notDone} problem={problem} />}
        <div class="row">
          <button type="button" class="btn" disabled={newest?.state === 'running'} onClick={() => void begin()}>
            {t.exportNow}
          </button>
        </div>
        {typeof folder === 'string' && (
          <p class="xs quiet break">
            <code>{t.inFolder(folder)}</code>
          </p>
        )}
      </div>
    </Card>
  )
}
