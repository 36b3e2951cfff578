import { isIwError, type Logger } from '#kernel'
import type { FileLayer } from '../files/file-layer.ts'
import type { Folders } from '../files/folders.ts'
import { type Recovered, type RecoveryTargets, recover } from '../recovery.ts'
import { repair } from './repair.ts'

/** Recovers; where what says what is live is damaged or lost it is made again first. `repaired`: what was set aside for it. */
export async function recoverOrRepair(
  files: FileLayer,
  folders: Folders,
  targets: RecoveryTargets,
  log: Logger,
): Promise<{ found: Recovered; repaired: readonly string[] }> {
  try {
    return { found: recover(files, folders, targets, log), repaired: [] }
  } catch (error) {
    if (!isIwError(error, 'IW_HISTORIAN_CORRUPT')) throw error
    const repaired = await repair(files, folders, log)
    return { found: recover(files, folders, targets, log), repaired }
  }
}
