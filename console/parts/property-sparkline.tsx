import { useSeries } from '../lib/history.ts'
import { isNumeric } from '../lib/machines.ts'
import type { LiveProperty } from '../lib/plant.ts'
import { Sparkline } from './sparkline.tsx'
import { shown } from './value.tsx'

/** The sparkline of a property over the shared range; only numbers have one. */
export function PropertySparkline({ property }: { property: LiveProperty }) {
  const { definition } = property
  const numeric = isNumeric(property)
  const series = useSeries(numeric ? definition.tag : undefined)
  const now = shown(property)
  if (!numeric) return <span class="spark" />
  return (
    <Sparkline
      series={series}
      everyMs={definition.everyMs}
      band={now.side ? definition.normal : undefined}
      doubt={now.doubt}
    />
  )
}
