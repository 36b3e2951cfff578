import { useEffect } from 'preact/hooks'
import { localText } from '../lib/format.ts'
import { plant } from '../lib/instance.ts'
import { shownLanguage } from '../lib/words.ts'

/** The name people gave the instance. */
export const plantTitle = (): string => localText(plant.system.value?.title, shownLanguage()) || 'Interwork'

/** Names the page in the title of the window. */
export function useTitle(title: string): void {
  const place = plantTitle()
  useEffect(() => {
    document.title = title === place ? `${title} · Interwork` : `${title} · ${place}`
  }, [title, place])
}
