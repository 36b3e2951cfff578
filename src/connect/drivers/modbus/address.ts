import { z } from 'zod'
import { numberTypes } from '#modbus'
import { parseShortAddress } from './short-address.ts'

const order = z.enum(['ABCD', 'CDAB', 'BADC', 'DCBA'])
const position = z.number().int().min(0).max(65_535).describe('address on the wire, 0-based')

/** A raw value; as text where it is beyond 2^53 or hexadecimal: "0x8000000000000000". */
const rawValue = z.union([
  z.number(),
  z
    .string()
    .regex(/^(0x[0-9a-fA-F]{1,16}|-?\d{1,20})$/, 'a whole number, decimal or 0x…')
    .transform((text) => text.toLowerCase()),
])

const texts = z
  .record(z.string().regex(/^\d{1,10}$/, 'the code, a whole number'), z.string().min(1).max(200))
  .describe('what the codes mean')

const bits = z.strictObject({
  from: z.number().int().min(0).max(31).describe('the lowest bit; 0 is the lowest of the value'),
  count: z.number().int().min(1).max(32),
})

const registerAddress = z.strictObject({
  table: z.enum(['holding', 'input']),
  at: position,
  as: z.enum([...numberTypes, 'bool', 'string']).optional(),
  order: order.optional(),
  bit: z.number().int().min(0).max(31).optional().describe('one bit of the value; 0 is the lowest'),
  bits: bits.optional(),
  registers: z.number().int().min(1).max(125).optional().describe('length of a string, two bytes a register'),
  text: z.enum(['ascii', 'utf8']).optional(),
  scale: z
    .number()
    .refine((scale) => scale !== 0, 'must not be 0')
    .optional()
    .describe('value = raw × scale + offset'),
  offset: z.number().optional(),
  scaleAt: position.optional().describe('register (int16) with the power of ten, as SunSpec has it'),
  nulls: z.array(rawValue).max(16).optional().describe('raw values that say: no value'),
  enum: texts.optional(),
  function: z.literal([6, 16, 22, 23]).optional().describe('function to write with'),
})

const bitAddress = z.strictObject({
  table: z.enum(['coil', 'discrete']),
  at: position,
  enum: texts.optional(),
  function: z.literal([5, 15]).optional().describe('function to write with'),
})

const identificationAddress = z.strictObject({
  table: z.literal('identification'),
  object: z
    .number()
    .int()
    .min(0)
    .max(255)
    .describe('function 43/14: 0 vendor, 1 product code, 2 revision, 4 name, 5 model'),
})

const serverIdAddress = z.strictObject({ table: z.literal('server-id') })

/** `address` of a property on Modbus; a text such as "hr100:float32:CDAB" is taken apart first. */
export const modbusAddress = z.preprocess(
  (input, context) => {
    if (typeof input !== 'string') return input
    const parsed = parseShortAddress(input)
    if (parsed) return parsed
    context.addIssue({
      code: 'custom',
      message: `"${input}" is no address such as hr100:float32:CDAB, ir12:int16*0.1, co3`,
    })
    return z.NEVER
  },
  z.discriminatedUnion('table', [registerAddress, bitAddress, identificationAddress, serverIdAddress]),
)
export type ModbusAddress = z.output<typeof modbusAddress>
export type RegisterAddress = z.output<typeof registerAddress>
export type BitAddress = z.output<typeof bitAddress>

export const isRegisterAddress = (address: ModbusAddress): address is RegisterAddress =>
  address.table === 'holding' || address.table === 'input'
