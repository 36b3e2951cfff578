import { parseArgs } from 'node:util'
import { type FaultRunResult, runFaults } from '../fakes/fault-run.ts'

/**
 * `npm run test:long -- faults [--values 10000000] [--seed 1] [--rate 0.01] [--control]`: values read through a proxy
 * that delays, drops, doubles, reorders and truncates replies and changes their unit and transaction id. Not one may
 * arrive under a wrong name. `--control` removes the check of transaction ids and must find wrong values.
 */
const { values: options } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== 'faults'),
  options: {
    values: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    rate: { type: 'string', default: '0.01' },
    control: { type: 'boolean', default: false },
  },
})

const began = performance.now()
const result = await runFaults({
  values: Number(options.values),
  seed: Number(options.seed),
  rate: Number(options.rate),
  ignoreTransactions: options.control,
  progress: (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${(100 * done).toFixed(0)} %`)
  },
})
if (process.stderr.isTTY) process.stderr.write('\r')
const ok = options.control ? result.wrong > 0 : result.wrong === 0
report(result)
console.log(
  JSON.stringify({ name: options.control ? 'faults-control' : 'faults', seed: Number(options.seed), ...result, ok }),
)
process.exit(ok ? 0 : 1)

function report({ values, requests, answered, failed, discarded, reconnects, faults, wrong }: FaultRunResult): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  console.log(
    `${values.toLocaleString('en')} values in ${answered.toLocaleString('en')} answers, ${seconds} s, seed ${options.seed}`,
  )
  console.log(
    `${requests.toLocaleString('en')} requests, ${failed.toLocaleString('en')} without an answer that can be believed`,
  )
  console.log(`${discarded.toLocaleString('en')} frames discarded, ${reconnects.toLocaleString('en')} reconnects`)
  for (const [kind, count] of Object.entries(faults))
    console.log(`  ${kind.padEnd(18)} ${count.toLocaleString('en').padStart(8)}`)
  console.log(
    options.control
      ? `control, without the check of ids: ${wrong} wrong values (must be more than 0)`
      : `${wrong} wrong values`,
  )
}
