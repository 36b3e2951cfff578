import { z } from 'zod'

/** What this room holds at most: a door that is open to the plant network has to have a bound. */
export const connectLimits = z.strictObject({
  things: z.number().int().positive().default(10_000).describe('machines defined by people'),
  properties: z.number().int().positive().default(200_000).describe('properties of all things together'),
  ingestThings: z
    .number()
    .int()
    .nonnegative()
    .default(50_000)
    .describe('things made by what arrives (one for each series of line protocol)'),
  newPerRequest: z
    .number()
    .int()
    .nonnegative()
    .default(20_000)
    .describe('properties that one request of line protocol may make'),
  events: z.number().int().positive().default(10_000).describe('plant events kept, the newest'),
  refusedCommands: z.number().int().positive().default(10_000).describe('records of refused writes kept, the newest'),
})
export type ConnectLimits = z.output<typeof connectLimits>
