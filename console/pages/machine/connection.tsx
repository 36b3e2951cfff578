import { tick } from '../../lib/clock.ts'
import type { ConnectionStatusView } from '../../lib/contract.ts'
import { formatAge, formatNumber, formatShare } from '../../lib/format.ts'
import type { LiveThing } from '../../lib/plant.ts'
import { words } from '../../lib/words.ts'
import { Card } from '../../parts/card.tsx'
import { Icon } from '../../parts/icons.tsx'

/** How the machine is reached, and how well it answers. Counters since the instance started. */
export function Connection({ thing }: { thing: LiveThing }) {
  const t = words('machine')
  const status = thing.status.value
  if (!status)
    return (
      <Card id="connection" title={t.connection}>
        <p class="body s soft">{t.sendsItself}</p>
      </Card>
    )
  const { counters } = status
  return (
    <Card id="connection" title={t.connection} actions={<StateChip status={status} />}>
      <div class="body">
        <dl class="kv">
          <dt>{t.protocol}</dt>
          <dd>{protocolName(thing)}</dd>
          <dt>{t.address}</dt>
          <dd>
            <span class="mono">{status.address}</span>
          </dd>
          <Facts thing={thing} status={status} />
          <dt>{t.polled}</dt>
          <dd class="num">{polledText(thing)}</dd>
          <dt>{t.lastAnswer}</dt>
          <dd class="num">
            {status.lastAnswerAt === undefined ? t.never : t.ago(formatAge(tick.value - status.lastAnswerAt))}
          </dd>
          <dt>{t.errors}</dt>
          <dd class="num">{errorsText(status)}</dd>
          <dt>{t.discarded}</dt>
          <dd class="num">{formatNumber(counters.discarded, 0)}</dd>
          <dt>{t.missedPolls}</dt>
          <dd class="num">{formatNumber(counters.missedPolls, 0)}</dd>
        </dl>
      </div>
    </Card>
  )
}

function StateChip({ status }: { status: ConnectionStatusView }) {
  const t = words('machine')
  const { state, roundTripMs } = status
  const answers = state === 'answering' && roundTripMs !== undefined
  return (
    <span class="end chip">
      <Icon
        name={
          state === 'answering' ? 'check' : state === 'connecting' ? 'clock' : state === 'partly' ? 'question' : 'cut'
        }
      />
      {answers ? t.answersIn(formatNumber(roundTripMs, roundTripMs < 10 ? 1 : 0)) : t.connectionStates[state]}
    </span>
  )
}

const protocolNames: Readonly<Record<string, string>> = {
  'modbus/tcp': 'Modbus TCP',
  'modbus/rtu-over-tcp': 'Modbus RTU over TCP',
  'modbus/rtu': 'Modbus RTU',
}

function protocolName({ view }: LiveThing): string {
  const transport = view.connection?.['transport'] ?? 'tcp'
  return protocolNames[`${view.protocol}/${transport}`] ?? view.protocol ?? ''
}

/** Facts of the driver that have a row of their own. */
const shownElsewhere: ReadonlySet<string> = new Set(['unit', 'transport'])

/** What the definition and the driver have to say besides: unit, profile, limits learned. */
function Facts({ thing, status }: { thing: LiveThing; status: ConnectionStatusView }) {
  const t = words('machine')
  const facts = Object.entries(status.detail).filter(([key]) => !shownElsewhere.has(key))
  const unit = status.detail['unit'] ?? thing.view.connection?.['unit']
  return (
    <>
      {(typeof unit === 'number' || typeof unit === 'string') && (
        <>
          <dt>{t.unitId}</dt>
          <dd class="num">{unit}</dd>
        </>
      )}
      {thing.view.profile && (
        <>
          <dt>{t.profile}</dt>
          <dd>{thing.view.profile}</dd>
        </>
      )}
      {facts.map(([key, value]) => [
        <dt key={`${key}-name`}>{t.details[key] ?? key}</dt>,
        <dd key={key} class="num">
          {typeof value === 'number' ? formatNumber(value) : value}
        </dd>,
      ])}
    </>
  )
}

function polledText({ properties }: LiveThing): string {
  const t = words('machine')
  const intervals = new Set(properties.flatMap(({ definition }) => definition.everyMs ?? []))
  const shortest = Math.min(...intervals)
  return Number.isFinite(shortest) ? t.valuesEvery(properties.length, formatAge(shortest * 1000).replace('.0', '')) : ''
}

function errorsText({ counters }: ConnectionStatusView): string {
  const t = words('machine')
  const errors = counters.timeouts + counters.deviceErrors
  const of = t.of(formatNumber(errors, 0), formatNumber(counters.requests, 0))
  return counters.requests > 0 && errors > 0 ? `${of} (${formatShare(errors / counters.requests)})` : of
}
