import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Clock, Logger } from '#kernel'
import type { Plant } from './plant/plant.ts'
import { resumePlant, savePlant } from './plant/saved.ts'

const everyMs = 30_000

/** The plant in a file, where there is one with this seed that this version can go on with. */
export function keptPlant(file: string, seed: number): Plant | undefined {
  try {
    return resumePlant(readFileSync(file, 'utf8'), seed)
  } catch {
    return undefined
  }
}

export interface PlantKeeping {
  /** From now on, every half minute. */
  begin(): void
  now(): void
  /** Once more, if it had begun. */
  end(): void
}

/** Keeps the plant in a file, so that a counter goes on after a restart where it stood. */
export function keepPlant(file: string, plant: Plant, clock: Clock, log: Logger): PlantKeeping {
  let cancel: (() => void) | undefined
  const now = () => {
    try {
      writeFileSync(`${file}.tmp`, savePlant(plant), { mode: 0o600 })
      renameSync(`${file}.tmp`, file)
    } catch (error) {
      log.warn({ file, error }, 'the plant could not be kept')
    }
  }
  const begin = () => {
    cancel = clock.after(everyMs, () => {
      now()
      begin()
    })
  }
  return {
    begin,
    now,
    end() {
      if (!cancel) return
      cancel()
      now()
    },
  }
}
