export {
  type CallOptions,
  type CallOutcome,
  call,
  ModbusCallError,
  readBits,
  readIdentification,
  readRegisters,
  readServerId,
} from './calls.ts'
export {
  type ClientCounters,
  type LinkState,
  ModbusClient,
  type ModbusClientOptions,
  type ModbusTransport,
} from './client.ts'
export type { ModbusDevice } from './device.ts'
export { describeException, exceptionNames, ModbusException, NoAnswer } from './exception.ts'
export {
  type DiscardCounts,
  type DiscardKind,
  describeFailure,
  type Exchange,
  type ExchangeFailure,
  totalDiscards,
} from './exchange.ts'
export { decodeIdentification, decodeServerId, expectReply, judgeReply, type ReplyExpectation } from './reply.ts'
export { encodeRequest, Fn, limits, type ModbusRequest } from './request.ts'
export type { SerialSettings } from './serial-wire.ts'
export { ModbusServer, type ModbusServerOptions } from './server.ts'
export { compileInteger, compileNumber, type IntegerDecoder, type NumberDecoder } from './values/decode-number.ts'
export { compileText, type TextDecoderOf } from './values/decode-text.ts'
export { encodeBits, encodeNumber, encodeText } from './values/encode-value.ts'
export {
  type ByteOrder,
  byteOrders,
  type NumberEncoding,
  type NumberType,
  numberTypes,
  registersOf,
  type TextEncoding,
} from './values/encoding.ts'
export { applyExponent, type Exponent, readExponent } from './values/scale-register.ts'
