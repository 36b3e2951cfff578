import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type Clock, type Logger, systemCode } from '#kernel'
import { type Profile, profile, profileId } from './schema.ts'

export type { Profile } from './schema.ts'

/** The machines we know, read from profiles/<maker>/<name>.yaml when first asked for. */
export interface ProfileLibrary {
  /** All valid profiles, by id; an invalid file is logged and left out. */
  list(): readonly Profile[]
  get(id: string): Profile | undefined
}

/** The library with the part of it that only this room uses. */
export interface LoadingProfiles extends ProfileLibrary {
  /** Reads all of them beforehand, one at a time with pauses between, so that `list` need not. Returns how to stop. */
  preload(clock: Clock): () => void
}

const firstPreloadMs = 5_000
const preloadPauseMs = 50

export function createProfileLibrary(folder: string, log: Logger): LoadingProfiles {
  const cache = new Map<string, Profile | undefined>()
  let all: readonly Profile[] | undefined

  const get = (id: string): Profile | undefined => {
    if (!profileId.safeParse(id).success) return undefined
    if (!cache.has(id)) cache.set(id, load(folder, id, log))
    return cache.get(id)
  }
  return {
    get,
    list() {
      all ??= profileIds(folder)
        .map(get)
        .filter((found) => found !== undefined)
      return all
    },
    preload(clock) {
      let waiting: string[] | undefined
      let cancel = clock.after(firstPreloadMs, next)
      return () => cancel()

      function next(): void {
        waiting ??= profileIds(folder)
        const id = waiting.pop()
        if (id === undefined) return
        get(id)
        cancel = clock.after(preloadPauseMs, next)
      }
    },
  }
}

/** Ids of all files there are under the folder, sorted. */
export function profileIds(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: maker }) =>
      readdirSync(join(folder, maker))
        .filter((file) => file.endsWith('.yaml'))
        .map((file) => `${maker}/${file.slice(0, -'.yaml'.length)}`),
    )
    .sort()
}

function load(folder: string, id: string, log: Logger): Profile | undefined {
  const file = join(folder, `${id}.yaml`)
  try {
    const found = profile.parse(parse(readFileSync(file, 'utf8')))
    if (found.id !== id) throw new Error(`its id is ${found.id}`)
    return found
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') log.warn({ error, profile: id }, 'the profile is not valid')
    return undefined
  }
}
