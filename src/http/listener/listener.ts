import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { IwError } from '#kernel'
import { hostName, isLocalName } from '../doors/host-names.ts'
import type { HttpSettings } from '../settings.ts'

/**
 * Time-outs that free what slow or silent clients hold. A connection that never completes its headers is closed by
 * `headersTimeout`, one that never completes its body by `requestTimeout`.
 */
const patience: ServerOptions = {
  headersTimeout: 15_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 32 * 1024,
  noDelay: true,
}

/** The server of node: HTTP, or HTTPS where there is a certificate. Throws `IW_INSTANCE_UNSAFE_LISTENER`. */
export function createListener({ tls, host }: HttpSettings, serve: RequestListener): Server {
  if (!tls) {
    if (!isLocalName(hostName(host)) && host !== '::1')
      throw new IwError('IW_INSTANCE_UNSAFE_LISTENER', `http.host ${host} can be reached from elsewhere without TLS`)
    return createServer(patience, serve)
  }
  const { key, certificate } = tls
  return createTlsServer(
    { ...patience, key: readFileSync(key), cert: readFileSync(certificate), handshakeTimeout: 10_000 },
    serve,
  )
}
