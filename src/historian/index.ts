export { createHistorian } from './historian.ts'
export { defaults as historianDefaults, type HistorianOptions } from './options.ts'
