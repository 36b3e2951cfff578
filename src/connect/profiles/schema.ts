import { z } from 'zod'
import { localText, propertyDefinition } from '#model'

/** `maker/name`, as the file lies under profiles/. */
export const profileId = z.string().regex(/^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9-]*$/, 'a profile is named maker/name')

const cell = z.union([z.number().int().min(0).max(0xffff), z.boolean()])
const expected = z.union([z.number(), z.boolean(), z.string(), z.null()])

/** A machine as data: everything of a thing but where it stands and how it is reached. */
export const profile = z.strictObject({
  id: profileId,
  title: localText,
  maker: z.string().min(1).max(100),
  description: localText.optional(),
  source: z.strictObject({
    provenance: z.string().min(1).describe('where the register facts come from'),
    licence: z.string().min(1).describe('SPDX id'),
  }),
  connection: z.looseObject({ protocol: z.string() }).describe('defaults of the connection; never an address'),
  match: z
    .record(z.string(), z.string())
    .optional()
    .describe('texts of the nameplate by which such a machine is recognised'),
  properties: z.array(propertyDefinition).min(1).max(20_000),
  vectors: z
    .array(
      z.strictObject({
        note: z.string().optional(),
        memory: z
          .record(z.string().regex(/^[a-z]+:\d+$/, 'an address is table:number'), z.union([cell, z.array(cell)]))
          .default({})
          .describe('what the machine holds, by address, as `holding:100: [0x4248, 0]`'),
        identification: z
          .record(z.string().regex(/^\d+$/), z.string())
          .optional()
          .describe('the nameplate it answers with, by object number'),
        expect: z.record(z.string(), expected).describe('what its properties then are; 64-bit integers as text'),
      }),
    )
    .min(1)
    .describe('each profile proves itself: raw contents and the values they mean'),
})
export type Profile = z.output<typeof profile>
