import { resolve } from 'node:path'
import type { Command } from 'commander'
import { dataFolders, restore } from '#instance'
import { exitCodes } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { amount, ProgressBar } from '../progress-bar.ts'
import { shownTime } from '../values.ts'
import { acting, type CommonOptions, type Done, verb } from '../verb.ts'

/** `interwork restore`: makes a data folder of a backup, in this process. */
export function restoreCommand(io: Io, done: Done): Command {
  return verb('restore', 'make a data folder of a backup, and prove by checksums and counts that all is there')
    .argument('<backup>', 'folder of the backup, with BACKUP.json in it')
    .action(acting(io, done, run))
}

async function run(io: Io, options: CommonOptions, backup: string): Promise<number> {
  const { data, config, json } = options
  const named = { ...(data !== undefined && { data }), ...(config !== undefined && { config }) }
  const [to] = await dataFolders(io.folder, named)
  const bar = new ProgressBar(io, 'restoring', 'bytes')
  try {
    const restored = await restore({
      from: resolve(io.folder, backup),
      to: to!,
      onProgress: (done, total) => bar.show(done, total),
    })
    bar.end()
    io.out(json ? `${JSON.stringify(restored)}\n` : told(restored))
    return exitCodes.ok.code
  } finally {
    bar.end()
  }
}

const told = ({ folder, files, bytes, rows, tags, createdAt, state }: Awaited<ReturnType<typeof restore>>): string =>
  `Restored ${rows.toLocaleString('en')} readings of ${tags.toLocaleString('en')} properties as of ${shownTime(createdAt)} into ${folder}.
${files} files, ${amount(bytes, 'bytes')}: every checksum and every count is right.
${state ? '' : 'Machines, events and commands were in PostgreSQL: restore that database by its own means.\n'}Start it with: interwork start --data ${folder}
`
