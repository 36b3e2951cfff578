/**
 * What a server serves. Every method may throw `ModbusException` with the code to answer, or `NoAnswer`; a method that is absent makes
 * its functions "illegal function". Counts and spans are checked before a device is asked.
 */
export interface ModbusDevice {
  /** Exactly `count` bits from `address`. */
  read(table: 'coil' | 'discrete', address: number, count: number): readonly boolean[]
  /** Exactly `count` registers from `address`. */
  readRegisters(table: 'holding' | 'input', address: number, count: number): Uint16Array
  writeCoils?(address: number, values: readonly boolean[]): void
  writeRegisters?(address: number, values: Uint16Array): void
  /** Objects of function 43/14: 0 vendor, 1 product code, 2 revision, 3 address, 4 product name, 5 model, 128… own. */
  readonly identification?: Readonly<Record<number, string>>
  /** What function 17 answers. */
  readonly serverId?: { readonly id: Uint8Array; readonly running: boolean }
}
