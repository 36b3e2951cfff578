import { frameDialog } from '../lib/keys.ts'
import {
  type Contrast,
  contrast,
  language,
  setContrast,
  setLanguage,
  setSingleKeys,
  setTheme,
  singleKeys,
  type Theme,
  theme,
} from '../lib/preferences.ts'
import { words } from '../lib/words.ts'
import { Dialog } from './dialog.tsx'
import { SelectField } from './field.tsx'

/** How the console looks, and its keys. */
export function KeysDialog() {
  const t = words('common')
  const close = () => {
    frameDialog.value = undefined
  }
  return (
    <Dialog title={t.displayAndKeys} onClose={close} wide>
      <div class="g3">
        <SelectField
          id="pref-language"
          label={t.language}
          value={language.value}
          options={[
            { value: 'en', label: 'English' },
            { value: 'zh', label: '中文' },
          ]}
          onInput={(value) => setLanguage(value as 'en' | 'zh')}
        />
        <SelectField
          id="pref-theme"
          label={t.theme}
          value={theme.value}
          options={(['system', 'light', 'dark'] as const).map((value) => ({ value, label: t.themes[value] }))}
          onInput={(value) => setTheme(value as Theme)}
        />
        <SelectField
          id="pref-contrast"
          label={t.contrast}
          value={contrast.value}
          options={(['system', 'normal', 'more'] as const).map((value) => ({ value, label: t.contrasts[value] }))}
          onInput={(value) => setContrast(value as Contrast)}
        />
      </div>
      <dl class="keys">
        {t.keys.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="row">
        <input
          type="checkbox"
          checked={singleKeys.value}
          onChange={(event) => setSingleKeys(event.currentTarget.checked)}
        />
        {t.singleKeys}
      </label>
      <div class="row acts">
        <button type="button" class="btn" onClick={close}>
          {t.close}
        </button>
      </div>
    </Dialog>
  )
}
