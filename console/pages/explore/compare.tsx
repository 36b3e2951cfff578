import { type Earlier, earlierKeys, parseEarlier } from '../../lib/explore/address.ts'
import { queryEntry, setQuery } from '../../lib/router.ts'
import { words } from '../../lib/words.ts'
import { Icon } from '../../parts/icons.tsx'

/** The same range, earlier: drawn as a thin grey line behind each. */
export function CompareSelect() {
  const t = words('explore')
  const present = parseEarlier(queryEntry('vs'))
  return (
    <span class="btn pick-range">
      <Icon name="clock" />
      <select
        aria-label={t.compare}
        value={present ?? ''}
        onChange={(event) => setQuery({ vs: (event.currentTarget.value as Earlier) || undefined })}
      >
        <option value="">{t.compareNone}</option>
        {earlierKeys.map((key) => (
          <option key={key} value={key}>
            {t.earlier[key]}
          </option>
        ))}
      </select>
    </span>
  )
}
