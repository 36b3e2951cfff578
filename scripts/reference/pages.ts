import { apiPage } from './api.ts'
import { cliPage } from './cli.ts'
import { errorsPage } from './errors.ts'
import type { ReferencePage } from './page.ts'
import { settingsPage } from './settings.ts'

/** All made pages. A further one is a file beside this and a line here. */
export const pages: readonly ReferencePage[] = [errorsPage, settingsPage, cliPage, apiPage]
