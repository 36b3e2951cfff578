export type { ModbusDevice } from './device.ts'
export { describeException, exceptionNames, ModbusException } from './exception.ts'
export { encodeRequest, Fn, limits, type ModbusRequest } from './request.ts'
export { ModbusServer, type ModbusServerOptions } from './server.ts'
