const tables: Readonly<Record<string, string>> = {
  hr: 'holding',
  ir: 'input',
  co: 'coil',
  di: 'discrete',
}

const shape =
  /^(?<table>hr|ir|co|di)(?<at>\d{1,5})(?:\.(?<bit>\d{1,2}))?(?::(?<as>[a-z]+\d*)(?:\[(?<registers>\d{1,3})\])?)?(?::(?<order>ABCD|CDAB|BADC|DCBA))?(?:\*(?<scale>[-+.\deE]+))?$/

/**
 * The short form of an address: table, 0-based address, then what is needed of `.bit`, `:type`, `[registers]` of a
 * string, `:order`, `*scale`. `hr100:float32:CDAB`, `ir12:int16*0.1`, `hr7.3`, `hr20:string[8]`, `co3`, `di7`.
 * `undefined` where it is none; whether type and numbers are possible is the schema's business.
 */
export function parseShortAddress(text: string): Record<string, unknown> | undefined {
  const groups = shape.exec(text)?.groups
  if (!groups) return undefined
  const { table, at, bit, as, registers, order, scale } = groups
  return {
    table: tables[table!],
    at: Number(at),
    ...(bit !== undefined && { bit: Number(bit) }),
    ...(as !== undefined && { as }),
    ...(registers !== undefined && { registers: Number(registers) }),
    ...(order !== undefined && { order }),
    ...(scale !== undefined && { scale: Number(scale) }),
  }
}
