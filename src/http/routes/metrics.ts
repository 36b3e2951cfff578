import { metricsText } from '../measures/metrics.ts'
import { route } from '../route.ts'

export const getMetrics = route({
  method: 'GET',
  path: '/metrics',
  summary: 'Figures of this instance for Prometheus',
  right: 'system.read',
  reply: { media: 'text/plain', description: 'Prometheus text format 0.0.4' },
  handle: (_, house, answer) => answer.type('text/plain; version=0.0.4; charset=utf-8').send(metricsText(house)),
})
