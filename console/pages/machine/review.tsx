import { useState } from 'preact/hooks'
import type { Value } from '../../lib/contract.ts'
import { formatValueWithUnit, localText } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import type { LiveProperty, LiveThing } from '../../lib/plant.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { TextField } from '../../parts/field.tsx'
import { QualityMark } from '../../parts/quality.tsx'
import { titleOf } from '../../parts/trouble-text.ts'
import { shown } from '../../parts/value.tsx'
import { limitsText } from './limits.ts'

interface ReviewDialogProps {
  readonly thing: LiveThing
  readonly property: LiveProperty
  readonly value: Exclude<Value, null>
  readonly onCancel: () => void
  readonly onWrite: (reason: string) => void
}

/** Asks once more before a machine is touched: old → new, which machine, who, within which limits. */
export function ReviewDialog({ thing, property, value, onCancel, onWrite }: ReviewDialogProps) {
  const t = words('machine')
  const common = words('common')
  const [reason, setReason] = useState('')
  const now = shown(property)
  const { definition } = property
  const machine = localText(thing.view.title, shownLanguage())
  const wished = formatValueWithUnit(value, definition, common)
  const limits = limitsText(property)
  return (
    <Dialog title={t.reviewTitle(wished, titleOf(definition), machine)} onClose={onCancel}>
      <p class="change">
        <span class={now.doubt ? 'val doubt' : 'val'}>{formatValueWithUnit(now.value, definition, common)}</span>
        <span aria-label={t.becomes} role="img">
          →
        </span>
        <span class="val">{wished}</span>
        {now.reading && <QualityMark quality={now.quality} />}
      </p>
      <dl class="kv">
        <dt>{t.machine}</dt>
        <dd>
          {machine} <span class="mono">{thing.status.value?.address}</span>
        </dd>
        <dt>{t.who}</dt>
        <dd>{plant.system.value?.principal.name}</dd>
        {limits !== '' && (
          <>
            <dt>{t.limits}</dt>
            <dd class="num">{limits}</dd>
          </>
        )}
      </dl>
      <TextField id="write-reason" label={t.reason} hint={t.reasonHint} value={reason} onInput={setReason} />
      <div class="row acts">
        <button type="button" class="btn main" onClick={() => onWrite(reason.trim())}>
          {t.writeVerb(wished)}
        </button>
        <button type="button" class="btn" onClick={onCancel}>
          {common.cancel}
        </button>
      </div>
    </Dialog>
  )
}
