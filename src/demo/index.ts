export type { Machine, RegisterRow } from './devices/machine.ts'
export { machines } from './devices/old-mill.ts'
export { type SimulatedThing, type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts'
