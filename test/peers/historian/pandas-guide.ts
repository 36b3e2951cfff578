import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Peer } from '../peer.ts'
import { repositoryRoot, run } from '../programs.ts'
import { exportFolder, interpreter, storedReadings, versions } from './stored.ts'

const page = 'docs/guide/use-it-from-pandas.md'

/** Every snippet of the guide as it stands there, run by Python with pandas, Polars and DuckDB. */
export const peer: Peer = {
  name: 'pandas-guide',
  area: 'historian',
  async run(cases) {
    cases.version = `pandas ${versions.pandas}, Polars ${versions.polars}, DuckDB ${versions.duckdb}`
    const { folder, url, program } = await storedReadings()
    await exportFolder()
    const settled = await fetch(`${url}/api/v1/merges`, { method: 'POST' })
    if (!settled.ok) throw new Error(`POST /api/v1/merges: ${settled.status}`)
    const { id } = (await settled.json()) as { id: string }
    await ended(`${url}/api/v1/jobs/${id}`)
    for (const { language, text, heading } of snippets()) {
      if (language === 'python')
        await cases.check(`guide, ${heading}: ${lastLine(text)}`, async () => {
          const file = join(folder, 'snippet.py')
          writeFileSync(file, text.replaceAll('http://localhost:7070', url))
          const { code, stdout, stderr } = await run('/bin/sh', [
            '-c',
            `cd '${folder}' && '${await interpreter()}' snippet.py`,
          ])
          if (code !== 0) throw new Error(stderr.slice(-1000))
          if (stdout.trim() === '') throw new Error('it prints nothing')
          if (/^Empty DataFrame|NaN\s+NaN\s+NaN/.test(stdout)) throw new Error(`it finds nothing: ${stdout}`)
        })
      else
        for (const command of text.split('\n').filter((line) => line.startsWith('interwork ')))
          await cases.check(`guide, ${heading}: ${command}`, async () => {
            // The export of everything was made for the other cases; there it is told from a second one.
            const args = command
              .split(' ')
              .slice(1)
              .map((arg) => (arg === 'everything' ? 'everything-again' : arg))
            const { code, err } = await program.run(...args)
            if (code !== 0) throw new Error(err)
          })
    }
  },
}

async function ended(address: string): Promise<void> {
  for (;;) {
    const job = (await (await fetch(address)).json()) as { state: string; error?: { message: string } }
    if (job.state === 'done') return
    if (job.state !== 'running') throw new Error(job.error?.message ?? job.state)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** The code blocks of the guide, each with the heading it stands under. */
function* snippets(): Generator<{ language: string; text: string; heading: string }> {
  const text = readFileSync(join(repositoryRoot, page), 'utf8')
  let heading = ''
  for (const match of text.matchAll(/^## (.*)$|^```(\w*)\n([\s\S]*?)^```$/gm)) {
    if (match[1] !== undefined) heading = match[1]
    else yield { language: match[2]!, text: match[3]!, heading }
  }
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1)!.trim().slice(0, 60)
