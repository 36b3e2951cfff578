import { useState } from 'preact/hooks'
import { api, apiPath, asProblem, csvAddress } from '../../lib/api.ts'
import { instanceNow } from '../../lib/clock.ts'
import type { Problem } from '../../lib/contract.ts'
import { definitionOf } from '../../lib/definition.ts'
import { failure } from '../../lib/failure.ts'
import { localText } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import type { LiveThing } from '../../lib/plant.ts'
import { range } from '../../lib/range.ts'
import { go, hrefOf } from '../../lib/router.ts'
import { boundsAt } from '../../lib/time-range.ts'
import { showToast } from '../../lib/toasts.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { ErrorNote } from '../../parts/error.tsx'
import { Menu, type MenuItem } from '../../parts/menu.tsx'
import { titleOf } from '../../parts/trouble-text.ts'
import { shownLanes } from './trend-card.tsx'

/** What can be done with a machine besides looking: take its data away, ask for it by program, remove it. */
export function Actions({ thing }: { thing: LiveThing }) {
  const t = words('machine')
  const [removing, setRemoving] = useState(false)
  const { id, origin } = thing.view
  const { from, to } = boundsAt(range.value, instanceNow())
  const items: MenuItem[] = shownLanes(thing).map(({ definition }) => ({
    label: t.exportCsv(titleOf(definition)),
    icon: 'save',
    href: csvAddress(id, definition.name, { from: Math.round(from), to: Math.round(to) }),
    download: `${id}-${definition.name}.csv`,
  }))
  items.push({
    label: t.copyCall,
    icon: 'copy',
    run: () => void navigator.clipboard?.writeText(`curl -s ${location.origin}${apiPath('things', id)}`),
  })
  // What the settings file defines is changed there; what arrives by itself would come back at once.
  if (origin === 'database') items.push({ label: t.remove, icon: 'bin', run: () => setRemoving(true) })
  return (
    <>
      <Menu label={t.moreActions} items={items} />
      {removing && <RemoveDialog thing={thing} onClose={() => setRemoving(false)} />}
    </>
  )
}

function RemoveDialog({ thing, onClose }: { thing: LiveThing; onClose: () => void }) {
  const t = words('machine')
  const common = words('common')
  const [problem, setProblem] = useState<Problem>()
  const title = localText(thing.view.title, shownLanguage())
  const remove = async () => {
    try {
      await api.removeThing(thing.view.id)
    } catch (error) {
      return setProblem(asProblem(error))
    }
    onClose()
    plant.drop(thing.view.id)
    go(hrefOf('/'))
    showToast(t.removed(title), { label: common.undo, run: () => void putBack(thing) })
  }
  return (
    <Dialog title={t.removeTitle(title)} onClose={onClose}>
      <p>{t.removeText}</p>
      {problem && <ErrorNote title={t.notRemoved} problem={problem} />}
      <div class="row acts">
        <button type="button" class="btn main" onClick={() => void remove()}>
          {t.removeVerb(title)}
        </button>
        <button type="button" class="btn" onClick={onClose}>
          {common.cancel}
        </button>
      </div>
    </Dialog>
  )
}

/** Its readings were kept all the while, so the machine comes back with its past. */
async function putBack(thing: LiveThing): Promise<void> {
  const title = words('common').notPutBack(localText(thing.view.title, shownLanguage()))
  await api.addThing(definitionOf(thing.view)).then(plant.put, (error: unknown) => {
    failure.value = { title, problem: asProblem(error) }
  })
}
