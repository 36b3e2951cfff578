import { createModbusDriver } from '#connect'
import type { Driver } from '#ports'

/** All protocols there are: a further one is a driver and a line here. */
export const createDrivers = (): readonly Driver[] => [createModbusDriver()]
