import { failure } from './lib/failure.ts'
import { loadFailure, loadPlant, plant } from './lib/instance.ts'
import { words } from './lib/words.ts'
import { page, pageFailure } from './pages/pages.ts'
import { ErrorNote } from './parts/error.tsx'
import { Frame } from './parts/frame.tsx'
import { Blocks } from './parts/progress.tsx'

/** The frame and the page in it: grey blocks until the plant is known, and what failed where it cannot be. */
export function App() {
  const open = page.value
  if (!open) return pageFailure.value ? <Unloadable /> : null
  const { Page, parameters } = open
  return (
    <Frame>
      <LoadFailure />
      <ActionFailure />
      {plant.things.value ? <Page key={JSON.stringify(parameters)} parameters={parameters} /> : <Loading />}
    </Frame>
  )
}

function Loading() {
  const t = words('common')
  return loadFailure.value ? <h1 class="vh">{t.cannotLoad}</h1> : <Blocks heights={[4, 6.5, 9, 24]} label={t.loading} />
}

function LoadFailure() {
  const t = words('common')
  const problem = loadFailure.value
  if (!problem) return null
  return (
    <section class="card" aria-label={t.cannotLoad}>
      <ErrorNote title={t.cannotLoad} problem={problem}>
        <button type="button" class="btn" onClick={() => void loadPlant()}>
          {t.tryNow}
        </button>
      </ErrorNote>
    </section>
  )
}

function ActionFailure() {
  const t = words('common')
  const failed = failure.value
  if (!failed) return null
  const close = () => {
    failure.value = undefined
  }
  return (
    <section class="card" aria-label={failed.title}>
      <ErrorNote title={failed.title} problem={failed.problem}>
        <button type="button" class="btn" onClick={close}>
          {t.close}
        </button>
      </ErrorNote>
    </section>
  )
}

/** Not even the words could be loaded: the only text that is in no dictionary. */
function Unloadable() {
  return (
    <main class="card note">
      <h1>The console could not be loaded. Is Interwork running? 控制台无法加载，Interwork 是否在运行？</h1>
      <button type="button" class="btn" onClick={() => location.reload()}>
        Load again 重新加载
      </button>
    </main>
  )
}
