export type { Command, CommandOutcome, CommandRecord } from './command.ts'
export { type ConnectionCounters, type ConnectionState, type ConnectionStatus, zeroCounters } from './connection.ts'
export type { PlantEvent, PlantEvents } from './events.ts'
export { ownerAtLoopback, ownProcess, type Principal, type Right } from './principal.ts'
export * from './readings.ts'
export type { Tag, TagDefinition, TagId, ValueType } from './tag.ts'
export {
  type LocalText,
  localText,
  type MachineState,
  machineState,
  type PropertyDefinition,
  propertyDefinition,
  propertyName,
  type Thing,
  type ThingDefinition,
  type ThingDefinitionInput,
  type ThingOrigin,
  thingDefinition,
  thingId,
  type WriteRule,
  writeRule,
} from './thing.ts'
