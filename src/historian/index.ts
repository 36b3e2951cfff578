export { createHistorian } from './historian.ts'
export type { HistorianOptions } from './options.ts'
