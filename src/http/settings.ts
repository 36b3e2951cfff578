import { z } from 'zod'

const origin = z
  .string()
  .regex(/^https?:\/\/[^/\s]+$/, 'an origin is scheme, host and port, such as https://panel.example:8443')

/** The section `http:` of the settings. */
export const httpSettings = z.strictObject({
  host: z.string().default('127.0.0.1').describe('address to listen on; one beyond this machine needs `tls`'),
  port: z.number().int().min(0).max(65_535).default(7070).describe('TCP port; 0 takes a free one'),
  hosts: z
    .array(z.string().min(1).max(253))
    .max(100)
    .default([])
    .describe('names this instance is reached by, besides localhost; others are refused (DNS rebinding)'),
  origins: z
    .array(origin)
    .max(100)
    .default([])
    .describe('web pages of other origins that may ask, as scheme://host:port'),
  tls: z
    .strictObject({
      key: z.string().describe('file with the private key, PEM'),
      certificate: z.string().describe('file with the certificate chain, PEM'),
    })
    .optional()
    .describe('makes the listener speak HTTPS'),
  maxConnections: z
    .number()
    .int()
    .min(16)
    .max(1_000_000)
    .default(12_000)
    .describe('open connections; beyond it the longest idle one is closed. Never more than the system lets us open'),
  maxBodyBytes: z
    .number()
    .int()
    .min(1024)
    .max(256 * 1024 * 1024)
    .default(25 * 1024 * 1024)
    .describe('largest body of a line protocol write, also after gunzip; JSON bodies have a limit of 4 MiB or this'),
  maxRequestsPerSecond: z
    .number()
    .int()
    .min(1)
    .default(5_000)
    .describe('requests a second from one address; beyond it 429'),
  maxLiveClients: z.number().int().min(0).max(100_000).default(1_000).describe('open live streams, SSE and WebSocket'),
  liveBufferBytes: z
    .number()
    .int()
    .min(1024)
    .max(64 * 1024 * 1024)
    .default(256 * 1024)
    .describe('unsent bytes from which a live client is slow: it is skipped and later gets only the newest values'),
})
export type HttpSettings = z.output<typeof httpSettings>
