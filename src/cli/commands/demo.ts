import type { Command } from 'commander'
import { demoFolder, loadSettings, runInstance } from '#instance'
import type { Io } from '../io.ts'
import { ProgressBar } from '../progress-bar.ts'
import { acting, type CommonOptions, type Done, verb } from '../verb.ts'
import { type ListenOptions, listenOptions, overridesOf, positiveNumber, wholeNumber } from './listen-options.ts'
import { ready } from './start.ts'

interface DemoCommandOptions extends ListenOptions, CommonOptions {
  readonly seed: number
  readonly speed: number
  readonly basePort?: number
  readonly past: number
}

/** `interwork demo`: an instance with a simulated plant, in a data folder of its own. */
export function demoCommand(io: Io, done: Done): Command {
  return listenOptions(verb('demo', 'run an instance with the demo plant Old Mill: twelve simulated machines'))
    .option('--seed <number>', 'same seed, same story', wholeNumber, 1)
    .option('--speed <factor>', 'simulated seconds per second', positiveNumber, 1)
    .option(
      '--base-port <number>',
      'port of the first machine; the others follow (default: 15020, or the next twelve that are free)',
      wholeNumber,
    )
    .option('--past <days>', 'days of readings from before, stored at the first start; 0: none', wholeNumber, 30)
    .action(acting(io, done, demo))
}

async function demo(io: Io, options: DemoCommandOptions): Promise<number> {
  const { seed, speed, basePort, past } = options
  const overrides = { data: demoFolder, ...overridesOf(options) }
  // Settings for one's own plant are not for this one, unless they are named.
  const loaded = await loadSettings(io.folder, options.config ?? false, overrides)
  const settings =
    options.config === undefined
      ? { ...loaded.settings, name: 'old-mill', title: { en: 'Old Mill', zh: '老磨坊' } }
      : loaded.settings
  const bar = new ProgressBar(io, `Old Mill's last ${past} days`, 'readings')
  return await runInstance({
    settings,
    demo: {
      seed,
      speed,
      ...(basePort !== undefined && { basePort }),
      portMayMove: options.port === undefined && options.config === undefined,
      pastDays: past,
      progress: (done, total) => bar.show(done, total),
    },
    terminal: io.terminal,
    ready: (instance, told) => {
      bar.end()
      io.out(ready(instance, options, told))
    },
  })
}
