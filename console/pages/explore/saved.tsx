import { useState } from 'preact/hooks'
import { SavedViews } from '../../lib/explore/saved-views.ts'
import { withQuery } from '../../lib/paths.ts'
import { place } from '../../lib/router.ts'
import { showToast } from '../../lib/toasts.ts'
import { words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { TextField } from '../../parts/field.tsx'
import { Icon } from '../../parts/icons.tsx'

const saved = new SavedViews(() => localStorage)
const personal = ['lang', 'theme', 'contrast', 'view'] as const

/** Addresses of this page under names, kept in this browser. */
export function Saved() {
  const t = words('explore')
  const [saving, setSaving] = useState(false)
  const views = saved.views.value
  return (
    <Card
      id="saved"
      title={t.saved}
      actions={
        <button type="button" class="btn small end" onClick={() => setSaving(true)}>
          {t.saveThis}
        </button>
      }
    >
      <div class="body">
        {views.length === 0 && <p class="s soft">{t.noneSaved}</p>}
        <ul class="steps s">
          {views.map(({ name, query }) => (
            <li key={name}>
              <a class="clip grow" href={hrefOfView(query)} data-row>
                {name}
              </a>
              <button type="button" class="icon" aria-label={t.removeView(name)} onClick={() => remove(name)}>
                <Icon name="cross" />
              </button>
            </li>
          ))}
        </ul>
        <p class="xs quiet saved-note">{t.savedHere}</p>
      </div>
      {saving && <SaveDialog onClose={() => setSaving(false)} />}
    </Card>
  )
}

/** A saved view, in the language and theme of who opens it. */
function hrefOfView(query: string): string {
  const own = Object.fromEntries(personal.map((key) => [key, place.value.query.get(key) ?? undefined]))
  return withQuery('/explore', new URLSearchParams(query), own)
}

function remove(name: string): void {
  const t = words('explore')
  const before = saved.views.peek()
  saved.remove(name)
  showToast(t.viewRemoved(name), { label: words('common').undo, run: () => saved.put(before) })
}

function SaveDialog({ onClose }: { onClose: () => void }) {
  const t = words('explore')
  const [name, setName] = useState('')
  const [left, setLeft] = useState(false)
  const save = (event: Event) => {
    event.preventDefault()
    setLeft(true)
    if (name.trim() === '') return
    saved.save(name, place.peek().query.toString())
    onClose()
  }
  return (
    <Dialog title={t.saveTitle} onClose={onClose}>
      <form class="stack" onSubmit={save}>
        <TextField
          id="view-name"
          label={t.viewName}
          value={name}
          hint={t.savedHere}
          error={left && name.trim() === '' ? t.viewNameMissing : undefined}
          onInput={setName}
          autofocus
        />
        <div class="row acts">
          <button type="submit" class="btn main">
            {t.saveVerb}
          </button>
          <button type="button" class="btn" onClick={onClose}>
            {words('common').cancel}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
