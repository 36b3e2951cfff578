import type { IncomingHttpHeaders } from 'node:http'
import type { Principal } from '#model'
import type { HttpOptions } from '../house.ts'
import type { Route } from '../route.ts'

/** One request or WebSocket upgrade before it is served: what the doors look at. */
export interface Visit {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  /** Every `Host` line there was; Node keeps only the first in `headers`. */
  readonly hosts: readonly string[]
  /** Of the socket; never taken from a header. */
  readonly remoteAddress: string
  /** Raw, with the `?` cut off; '' without one. */
  readonly queryString: string
  /** Undefined where no route has this address. */
  readonly route: Route | undefined
  /** The thing it is about, from the path. */
  readonly thing: string | undefined
  /** Set by the door `principal`. */
  principal?: Principal
}

/** One check before a request is served. Throws an `IwError` to refuse. */
export type Door = (visit: Visit, house: HttpOptions) => void
