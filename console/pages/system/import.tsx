import { useRef, useState } from 'preact/hooks'
import { api, asProblem, rejectedAddress } from '../../lib/api.ts'
import type { ImportPage, Problem } from '../../lib/contract.ts'
import { formatBytes, formatNumber } from '../../lib/format.ts'
import { formatOfName, sendImport, tryImport } from '../../lib/import-file.ts'
import { words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'
import { ErrorNote } from '../../parts/error.tsx'
import { TextField } from '../../parts/field.tsx'
import { Bar } from '../../parts/progress.tsx'
import { ImportPlan } from './import-plan.tsx'
import { lookNow } from './work.ts'

type Step =
  | { readonly at: 'choose' }
  | { readonly at: 'trying' }
  /** A Parquet file says what is in it only once all of it is there. */
  | { readonly at: 'asked'; readonly view?: ImportPage }
  | { readonly at: 'sending'; readonly view?: ImportPage }
  | { readonly at: 'ended'; readonly view: ImportPage }

/** A file of readings into the instance: tried first, then sent. */
export function Import() {
  const t = words('system')
  const [step, setStep] = useState<Step>({ at: 'choose' })
  const [problem, setProblem] = useState<Problem>()
  const [file, setFile] = useState<File>()
  const [thing, setThing] = useState('')
  const abort = useRef<AbortController>(undefined)

  const attempt = async (work: () => Promise<Step>, otherwise: Step) => {
    setProblem(undefined)
    try {
      setStep(await work())
    } catch (error) {
      setProblem(asProblem(error))
      setStep(otherwise)
    }
  }
  const look = async (chosen: File, name: string) => {
    setStep({ at: 'trying' })
    if (formatOfName(chosen.name) === 'parquet') setStep({ at: 'asked' })
    else await attempt(async () => ({ at: 'asked', view: await tryImport(api, chosen, name) }), { at: 'choose' })
  }
  const send = async (chosen: File) => {
    abort.current = new AbortController()
    setStep({ at: 'sending' })
    const show = (view: ImportPage) => setStep({ at: 'sending', view })
    const { signal } = abort.current
    await attempt(async () => ({ at: 'ended', view: await sendImport(api, chosen, thing, { show, signal }) }), {
      at: 'asked',
    })
    lookNow()
  }

  return (
    <Card id="import" title={t.import}>
      <div class="body stack">
        <p class="s">{t.importText}</p>
        <TextField
          id="import-thing"
          label={t.importThing}
          value={thing}
          placeholder={t.importThingUsual}
          onInput={(value) => setThing(value.trim())}
        />
        <div class="field">
          <label for="import-file">{t.importFile}</label>
          <div class="in">
            <input
              id="import-file"
              type="file"
              disabled={step.at === 'sending' || step.at === 'trying'}
              accept=".csv,.txt,.tsv,.parquet,.lp"
              onChange={({ currentTarget }) => {
                const [chosen] = currentTarget.files ?? []
                setFile(chosen)
                if (chosen) void look(chosen, thing)
              }}
            />
          </div>
        </div>
        {problem && <ErrorNote title={t.notDone} problem={problem} />}
        {step.at === 'asked' && file && (
          <>
            {step.view && <ImportPlan view={step.view} />}
            <div class="row">
              <button type="button" class="btn" onClick={() => void send(file)}>
                {t.importNow(formatBytes(file.size).join(' '))}
              </button>
              {step.view && (
                <button type="button" class="link" onClick={() => void look(file, thing)}>
                  {t.importAgain}
                </button>
              )}
            </div>
          </>
        )}
        {step.at === 'sending' && (
          <>
            <Bar
              label={file?.name ?? ''}
              done={step.view?.offset ?? 0}
              total={file?.size}
              text={formatBytes(step.view?.offset ?? 0).join(' ')}
            />
            <div class="row">
              <button type="button" class="btn small" onClick={() => abort.current?.abort()}>
                {t.importStop}
              </button>
            </div>
          </>
        )}
        {step.at === 'ended' && <Ended view={step.view} />}
      </div>
    </Card>
  )
}

/** What came of it. */
function Ended({ view }: { view: ImportPage }) {
  const t = words('system')
  const { state, rows, readings, rejected, error, id, offset, bytes } = view
  if (error) return <ErrorNote title={t.importStates[state]} problem={{ ...error, remedy: t.importRejected }} />
  return (
    <>
      <p class="s" role="status">
        {state === 'running' && offset < bytes ? t.importStopped : t.importStates[state]}{' '}
        {t.importCounts(formatNumber(rows, 0), formatNumber(readings, 0))}
      </p>
      {rejected > 0 && (
        <p class="s">
          <a href={rejectedAddress(id)}>{t.importNotTaken(formatNumber(rejected, 0))}</a>
        </p>
      )}
    </>
  )
}
