// The bytes that mean something in line protocol.
export const tab = 0x09
export const newline = 0x0a
export const carriageReturn = 0x0d
export const space = 0x20
export const quote = 0x22
export const hash = 0x23
export const plus = 0x2b
export const comma = 0x2c
export const minus = 0x2d
export const dot = 0x2e
export const zero = 0x30
export const equals = 0x3d
export const backslash = 0x5c
export const letterI = 0x69
export const letterU = 0x75

/** What may stand behind the value of a field. */
export const isDelimiter = (byte: number): boolean =>
  byte === comma || byte === space || byte === newline || byte === carriageReturn
