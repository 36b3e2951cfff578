export type * from './contract.ts'
export type { HttpOptions, SystemFacts } from './house.ts'
export { createHttpServer, type HttpServer } from './server.ts'
export { type HttpSettings, httpSettings } from './settings.ts'
