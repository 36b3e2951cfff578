import type { Command } from 'commander'
import { loadSettings, programVersion, runInstance } from '#instance'
import type { Io } from '../io.ts'
import { acting, type CommonOptions, type Done, verb } from '../verb.ts'
import { type ListenOptions, listenOptions, overridesOf } from './listen-options.ts'

/** `interwork start`: runs an instance until it is told to stop. */
export function startCommand(io: Io, done: Done): Command {
  return listenOptions(verb('start', 'run an instance: console, API and the machines of your plant')).action(
    acting(io, done, start),
  )
}

async function start(io: Io, options: ListenOptions & CommonOptions): Promise<number> {
  const { settings } = await loadSettings(io.folder, options.config, overridesOf(options))
  return await runInstance({ settings, terminal: io.terminal, ready: (instance) => io.out(ready(instance, options)) })
}

/** What is said once everything answers. */
export function ready(
  instance: { url: string; id: string; things: () => number },
  { json }: CommonOptions,
  past?: { readonly days: number; readonly readings: number; readonly seconds: number },
): string {
  const { url, id } = instance
  const things = instance.things()
  if (json)
    return `${JSON.stringify({ ready: true, url, instance: id, things, version: programVersion, ...(past && { past }) })}\n`
  const machines =
    things === 0 ? 'no machines yet: add one on that page' : `${things} machine${things === 1 ? '' : 's'}`
  const before = past
    ? `${past.days} days of readings from before are stored: ${past.readings.toLocaleString('en')} in ${past.seconds.toFixed(1)} s.\n`
    : ''
  return `${before}Interwork ${programVersion} is at ${url} (${machines}). Ctrl-C stops it.\n`
}
