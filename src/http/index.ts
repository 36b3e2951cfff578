export type * from './contract.ts'
export type { SystemFacts } from './rooms.ts'
export { type HttpSettings, httpSettings } from './settings.ts'
