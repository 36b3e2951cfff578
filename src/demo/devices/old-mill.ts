import { compressor, dryer } from './compressed-air.ts'
import { kiln, kilnFan } from './kiln.ts'
import type { Machine } from './machine.ts'
import { airFeeder, kilnFeeder, mainMeter } from './meters.ts'
import { pump1, pump2, pump3 } from './pumps.ts'
import { silo1, silo2 } from './silos.ts'

/** The twelve machines, in the order of their ports. */
export const machines: readonly Machine[] = [
  mainMeter,
  kilnFeeder,
  airFeeder,
  pump1,
  pump2,
  pump3,
  compressor,
  dryer,
  kiln,
  kilnFan,
  silo1,
  silo2,
]
