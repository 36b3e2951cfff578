/** Exception codes a server may answer with (Application Protocol V1.1b3 §7). */
export const exceptionNames: Readonly<Record<number, string>> = {
  1: 'illegal function',
  2: 'illegal data address',
  3: 'illegal data value',
  4: 'server device failure',
  5: 'acknowledge',
  6: 'server device busy',
  8: 'memory parity error',
  10: 'gateway path unavailable',
  11: 'gateway target device failed to respond',
}

export const describeException = (code: number): string =>
  `Modbus exception ${code} (${exceptionNames[code] ?? 'unknown'})`

/** Thrown by a `ModbusDevice` to refuse a request; the server answers with `code`. */
export class ModbusException extends Error {
  readonly code: number

  constructor(code: number) {
    super(describeException(code))
    this.name = 'ModbusException'
    this.code = code
  }
}

/** Thrown by a `ModbusDevice` that gives no answer at all, as one without power behind a gateway. */
export class NoAnswer extends Error {
  constructor() {
    super('no answer')
    this.name = 'NoAnswer'
  }
}
