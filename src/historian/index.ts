export { type CopiedFile, copyFile, fileSha256 } from './backup/copy-file.ts'
export { createHistorian } from './historian.ts'
export { defaults as historianDefaults, type HistorianOptions } from './options.ts'
