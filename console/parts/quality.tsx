import type { QualityName } from '../lib/contract.ts'
import { words } from '../lib/words.ts'
import { Icon, type IconName } from './icons.tsx'

const icons: Readonly<Record<Exclude<QualityName, 'good'>, IconName>> = {
  substituted: 'pen',
  stale: 'clock',
  frozen: 'bars',
  out_of_range: 'beyond',
  null: 'empty',
  comm_error: 'cut',
}

/** How far a value can be trusted: nothing where it is good (in tables the word), else mark, word and dashed outline. */
export function QualityMark({ quality, always }: { quality: QualityName; always?: boolean }) {
  const t = words('common')
  if (quality === 'good') return always ? <span class="quiet">{t.quality.good}</span> : null
  return (
    <span class="qual">
      <Icon name={icons[quality]} />
      <span>{t.quality[quality]}</span>
    </span>
  )
}
