import { useState } from 'preact/hooks'
import type { Chosen } from '../../lib/explore/chosen.ts'
import { type FileFormat, fileFormats, fileName, readingsAddress } from '../../lib/explore/snippets.ts'
import type { Span } from '../../lib/explore/zoom.ts'
import { words } from '../../lib/words.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { SelectField } from '../../parts/field.tsx'
import { spanText } from '../../parts/period.ts'
import { takenSpan } from './take.tsx'

interface ExportProps {
  readonly chosen: readonly Chosen[]
  readonly selection: Span | undefined
  readonly onClose: () => void
}

/** Every reading of the selection, else of the view, as a file. */
export function ExportDialog({ chosen, selection, onClose }: ExportProps) {
  const t = words('explore')
  const [format, setFormat] = useState<FileFormat>('csv')
  const [layout, setLayout] = useState<'long' | 'wide'>('long')
  const names = chosen.filter(({ property }) => property).map(({ name }) => name)
  // Held still while the dialog is open, so that what is said is what is written.
  const [span] = useState(() => takenSpan(selection))
  return (
    <Dialog title={t.exportTitle(names.length)} onClose={onClose}>
      <p class="soft">
        {t.exportRange(spanText(span))}. {t.exportHint}
      </p>
      <SelectField
        id="export-format"
        label={t.format}
        value={format}
        options={fileFormats.map((value) => ({ value, label: t.formats[value] }))}
        onInput={(value) => setFormat(value as FileFormat)}
      />
      <SelectField
        id="export-layout"
        label={t.rows}
        value={layout}
        options={(['long', 'wide'] as const).map((value) => ({ value, label: t.layouts[value] }))}
        onInput={(value) => setLayout(value as 'long' | 'wide')}
      />
      <div class="row acts">
        <a
          class="btn main"
          href={readingsAddress(names, span, format, layout)}
          download={fileName(names, span, format)}
          onClick={() => setTimeout(onClose)}
        >
          {t.exportVerb(t.formatNames[format])}
        </a>
        <button type="button" class="btn" onClick={onClose}>
          {words('common').cancel}
        </button>
      </div>
    </Dialog>
  )
}
