import { route } from '../route.ts'

/** The version whose write protocol we speak; clients only ask whether it begins with 1 or 2. */
export const influxVersion = '1.8.10'

export const ping = route({
  method: 'GET',
  path: '/ping',
  summary: 'Says that line protocol is taken here (InfluxDB)',
  right: 'none',
  reply: null,
  handle(_, __, answer) {
    answer.headers({ 'x-influxdb-version': influxVersion, 'x-influxdb-build': 'Interwork' })
    return undefined
  },
})
