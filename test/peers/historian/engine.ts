import { equal } from 'node:assert/strict'
import type { Peer } from '../peer.ts'
import { run } from '../programs.ts'
import { exportFolder, interpreter, rangeCount, rangesFile, storedReadings, versions } from './stored.ts'

const script = `${import.meta.dirname}/check.py`
/** Answers that take a child process each: fewer of them. */
const fewRanges = 60

/** A Python library that reads our files and answers, and what its answers come to. */
export const enginePeer = (engine: 'pandas' | 'duckdb' | 'polars'): Peer => ({
  name: engine,
  area: 'historian',
  async run(cases) {
    cases.version = `${engine} ${versions[engine]}${engine === 'pandas' ? `, pyarrow ${versions.pyarrow}` : ''}`
    await interpreter()
    const { url, parts, partFiles, dataset } = await storedReadings()
    const rows = [...dataset.rows.values()].reduce((sum, all) => sum + all.size, 0)
    const agrees = async (source: string, place: string, count = rangeCount) => {
      const { code, stdout, stderr } = await run(
        await interpreter(),
        [script, engine, source, place, await rangesFile(), String(count)],
        150_000,
      )
      if (code !== 0) throw new Error(stderr.slice(-1500))
      const answer = JSON.parse(stdout) as { ranges: number; rows: number; wrong: string[]; wrongCount: number }
      equal(answer.wrongCount, 0, answer.wrong.join('; '))
      return `${answer.ranges} ranges, ${answer.rows} rows, each of them to the last bit`
    }
    await cases.check(`reads our folder by the rule of ranks: ${partFiles} files, ${rows} rows`, () =>
      agrees('parts', parts),
    )
    await cases.check('reads an export', async () => agrees('export', await exportFolder()))
    await cases.check('reads answers as Arrow', () => agrees('arrow', url))
    await cases.check('reads answers as CSV', () => agrees('csv', url))
    await cases.check('reads answers as Parquet', () => agrees('parquet', url, fewRanges))
  },
})
