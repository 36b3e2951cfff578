import type { ConnectionStatusView, PropertyView, ThingView } from '../../src/http/contract.ts'

/** µs. Everything of the scripted plant is told from here, so that a test knows every age. */
export const plantStart = Date.UTC(2026, 10, 24, 9, 42) * 1000

const counters = {
  requests: 38_412,
  answers: 38_409,
  timeouts: 3,
  deviceErrors: 0,
  discarded: 0,
  connects: 1,
  missedPolls: 0,
  readings: 120_000,
}

const status = (thing: string, port: number, changes: Partial<ConnectionStatusView> = {}): ConnectionStatusView => ({
  thing,
  protocol: 'modbus',
  address: `192.168.4.21:${port}`,
  state: 'answering',
  since: plantStart,
  lastAnswerAt: plantStart,
  roundTripMs: 11,
  counters,
  detail: { unit: 1 },
  ...changes,
})

type Property = Omit<PropertyView, 'tag'>
const number = (name: string, en: string, zh: string, rest: Partial<Property>): Property => ({
  name,
  title: { en, zh },
  type: 'number',
  everyMs: 1000,
  ...rest,
})

const state: Property = {
  name: 'state',
  title: { en: 'State', zh: '状态' },
  type: 'string',
  enum: ['Off', 'Loaded'],
  states: { Off: 'stopped', Loaded: 'running' },
  everyMs: 1000,
}

interface Scripted {
  readonly view: Omit<ThingView, 'properties'>
  readonly properties: readonly Property[]
}

const thing = (
  id: string,
  [en, zh]: readonly [string, string],
  area: ThingView['area'],
  properties: readonly Property[],
  changes: Partial<ThingView> = {},
): Scripted => ({
  view: {
    id,
    title: { en, zh },
    ...(area !== undefined && { area }),
    origin: 'database',
    version: 1,
    createdAt: plantStart,
    protocol: 'modbus',
    connection: { protocol: 'modbus', transport: 'tcp', host: '192.168.4.21', port: 502, unit: 1 },
    status: status(id, 502),
    machine: { state: 'running', text: 'Loaded', since: plantStart - 1560e6 },
    ...changes,
  },
  properties,
})

const air = { en: 'Compressed air', zh: '压缩空气' }
const water = { en: 'Pump house', zh: '泵房' }

/** A small plant with every state a page has to show: normal, below its band, no answer, null, out of range, writable. */
export const scriptedThings: readonly Scripted[] = [
  thing(
    'compressor-1',
    ['Compressor 1', '1 号空压机'],
    air,
    [
      state,
      number('pressure', 'Line pressure', '管网压力', {
        unit: 'bar',
        decimals: 2,
        range: { min: 0, max: 10 },
        normal: { min: 6.6, max: 7.4 },
        leading: true,
      }),
      number('power', 'Power', '功率', { unit: 'kW', decimals: 1, range: { min: 0, max: 40 }, leading: true }),
      number('setpoint', 'Pressure setpoint', '压力设定', {
        unit: 'bar',
        decimals: 2,
        range: { min: 0, max: 10 },
        write: { min: 6, max: 7.5, maxStep: 0.2, maxPerMinute: 6, readBackMs: 0 },
      }),
      {
        name: 'enabled',
        title: { en: 'Enabled', zh: '启用' },
        type: 'boolean',
        everyMs: 1000,
        write: { maxPerMinute: 6, readBackMs: 0 },
      },
      number('filter', 'Filter pressure drop', '滤芯压差', { unit: 'mbar', decimals: 0, range: { min: 0, max: 80 } }),
      { name: 'energy', title: { en: 'Energy', zh: '电能' }, type: 'integer', unit: 'W.h', everyMs: 1000 },
    ],
    { description: { en: 'Screw compressor, 30 kW', zh: '螺杆式空压机 · 30 kW' }, profile: 'interwork/compressor' },
  ),
  thing(
    'dryer-1',
    ['Air dryer', '冷干机'],
    air,
    [
      number('dew_point', 'Dew point', '露点', {
        unit: 'Cel',
        // Slow, so that it never grows old while a test looks at it.
        everyMs: 60_000,
        decimals: 1,
        range: { min: -20, max: 40 },
        normal: { min: 0, max: 6 },
        leading: true,
      }),
    ],
    { machine: { state: 'unknown' } },
  ),
  thing(
    'pump-3',
    ['Pump 3', '3 号水泵'],
    water,
    [
      number('flow', 'Flow', '流量', {
        unit: 'm3/h',
        decimals: 1,
        range: { min: 0, max: 50 },
        normal: { min: 18, max: 30 },
        leading: true,
      }),
    ],
    {
      machine: { state: 'unknown' },
      status: status('pump-3', 504, {
        state: 'failing',
        lastAnswerAt: plantStart - 660e6,
        error: { code: 'IW_CONNECT_NO_ANSWER', message: 'No answer within 1000 ms' },
        tries: 14,
        nextTryAt: plantStart + 8e6,
      }),
    },
  ),
  thing(
    'silo-1',
    ['Silo 1', '1 号料仓'],
    { en: 'Silos', zh: '料仓' },
    [
      number('level', 'Level', '料位', {
        unit: '%',
        decimals: 2,
        range: { min: 0, max: 100 },
        normal: { min: 20, max: 90 },
        leading: true,
      }),
    ],
    { machine: { state: 'unknown' }, origin: 'settings' },
  ),
]

/** The newest reading of each property at the beginning, by `thing/property`. */
export const scriptedReadings: Readonly<Record<string, Omit<NonNullable<PropertyView['last']>, 'arrivedAt' | 'time'>>> =
  {
    'compressor-1/state': { value: 'Loaded', quality: 'good' },
    'compressor-1/pressure': { value: 6.38, quality: 'good' },
    'compressor-1/power': { value: 29.4, quality: 'good' },
    'compressor-1/setpoint': { value: 7, quality: 'good' },
    'compressor-1/enabled': { value: true, quality: 'good' },
    'compressor-1/filter': { value: null, quality: 'null' },
    'compressor-1/energy': { value: '9007199254740993', quality: 'good' },
    'dryer-1/dew_point': { value: 3.1, quality: 'good' },
    'pump-3/flow': { value: null, quality: 'comm_error', lastGood: { value: 21.4, time: plantStart - 660e6 } },
    'silo-1/level': { value: 104.2, quality: 'out_of_range' },
  }
