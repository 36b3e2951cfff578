import type { EncodedMessage, News } from './messages.ts'
import { encodeNews } from './messages.ts'

/** The thing a piece of news is about; undefined where it concerns the whole plant. */
function thingOf(news: News): string | undefined {
  switch (news.type) {
    case 'connection':
      return news.status.thing
    case 'thing':
      return news.id
    case 'event':
      return news.event.thing
    case 'command':
      return news.command.thing
  }
}

interface Kept {
  readonly flush: number
  readonly thing: string | undefined
  readonly message: EncodedMessage
}

/** News that waits for slow clients, at most. Who missed more is cut off and starts anew from a snapshot. */
const mostKept = 2_000

/** The newest news by the flush it came in, bounded. */
export interface NewsBoard {
  add(news: News, flush: number): void
  /** News after the given flush that `wants` its thing, oldest first; undefined where some of it is gone already. */
  since(flush: number, wants: (thing: string | undefined) => boolean): readonly EncodedMessage[] | undefined
}

export function createNewsBoard(): NewsBoard {
  let kept: Kept[] = []
  let goneUpTo = 0
  return {
    add(news, flush) {
      kept.push({ flush, thing: thingOf(news), message: encodeNews(news) })
      if (kept.length < 2 * mostKept) return
      goneUpTo = kept[kept.length - mostKept - 1]!.flush
      kept = kept.slice(-mostKept)
    },
    since(flush, wants) {
      if (flush < goneUpTo) return undefined
      let first = kept.length
      while (first > 0 && kept[first - 1]!.flush > flush) first--
      return kept.slice(first).flatMap(({ thing, message }) => (wants(thing) ? [message] : []))
    },
  }
}
