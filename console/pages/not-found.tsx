import { hrefOf, place } from '../lib/router.ts'
import { words } from '../lib/words.ts'
import { useTitle } from '../parts/title.ts'

/** No page has this address. */
export function Page() {
  const t = words('common')
  useTitle(t.notFound)
  return (
    <div class="head">
      <div>
        <h1>{t.notFound}</h1>
        <p>
          {t.notFoundText} <code>{place.value.path}</code>
        </p>
        <p>
          <a href={hrefOf('/')}>{t.backHome}</a>
        </p>
      </div>
    </div>
  )
}
