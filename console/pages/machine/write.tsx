import { useState } from 'preact/hooks'
import { ApiProblem, api, asProblem } from '../../lib/api.ts'
import type { CommandView, Problem, Value } from '../../lib/contract.ts'
import { formatValueWithUnit } from '../../lib/format.ts'
import type { LiveProperty, LiveThing } from '../../lib/plant.ts'
import { queryEntry, setQuery } from '../../lib/router.ts'
import { unitSymbol } from '../../lib/units.ts'
import { words } from '../../lib/words.ts'
import { choicesOf, parseWish } from '../../lib/write-form.ts'
import { Card } from '../../parts/card.tsx'
import { ErrorNote } from '../../parts/error.tsx'
import { SelectField, TextField } from '../../parts/field.tsx'
import { titleOf } from '../../parts/trouble-text.ts'
import { shown } from '../../parts/value.tsx'
import { limitsText } from './limits.ts'
import { OutcomeNote } from './outcome.tsx'
import { ReviewDialog } from './review.tsx'

type Result = { readonly command: CommandView } | { readonly problem: Problem } | undefined

/** Writes one of the properties that permit it, after a review. Absent where nothing may be written. */
export function WriteCard({ thing }: { thing: LiveThing }) {
  const writable = thing.properties.filter(({ definition }) => definition.write)
  const chosen = writable.find(({ definition }) => definition.name === queryEntry('write')) ?? writable[0]
  if (!chosen) return null
  return <WriteForm key={chosen.definition.tag} thing={thing} property={chosen} writable={writable} />
}

/** What the form begins with: of two choices the other one, of more the first, of numbers none. */
function firstChoice({ definition, last }: LiveProperty): string {
  const choices = choicesOf(definition) ?? []
  return choices.find((choice) => choice !== String(last.peek()?.value)) ?? ''
}

interface WriteFormProps {
  readonly thing: LiveThing
  readonly property: LiveProperty
  readonly writable: readonly LiveProperty[]
}

function WriteForm({ thing, property, writable }: WriteFormProps) {
  const t = words('machine')
  const [text, setText] = useState(() => firstChoice(property))
  const [error, setError] = useState<string>()
  const [review, setReview] = useState<Exclude<Value, null>>()
  const [result, setResult] = useState<Result>()
  const [sending, setSending] = useState(false)
  const present = shown(property)
  const wish = parseWish(text, property.definition, present.value)
  const check = () => setError(wish.ok || text === '' ? undefined : errorText(wish.reason, property))
  const open = () => {
    if (wish.ok) setReview(wish.value)
    else setError(errorText(wish.reason, property))
  }
  const write = async (value: Exclude<Value, null>, reason: string) => {
    setReview(undefined)
    setSending(true)
    setResult(await send(thing.view.id, property.definition.name, value, reason))
    setSending(false)
  }
  return (
    <Card id="write" title={t.writeTitle(titleOf(property.definition))}>
      <form
        class="body stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          open()
        }}
      >
        {writable.length > 1 && <PropertyChoice writable={writable} chosen={property} />}
        <ValueField property={property} text={text} setText={setText} error={error} onLeave={check} />
        <div class="row">
          <button type="submit" class="btn main" disabled={sending}>
            {sending ? t.writing : t.review}
          </button>
          <span class="xs quiet">{t.askedOnce}</span>
        </div>
        <div role="status">
          {result && 'command' in result && <OutcomeNote command={result.command} property={property} />}
        </div>
        {result && 'problem' in result && <ErrorNote title={t.notSent} problem={result.problem} />}
      </form>
      {review !== undefined && (
        <ReviewDialog
          thing={thing}
          property={property}
          value={review}
          onCancel={() => setReview(undefined)}
          onWrite={(reason) => void write(review, reason)}
        />
      )}
    </Card>
  )
}

/** A refusal carries its command record where there is one: then the outcome is shown as it is recorded. */
async function send(thing: string, property: string, value: Value, reason: string): Promise<Result> {
  try {
    return { command: await api.write(thing, property, value, reason) }
  } catch (thrown) {
    const command = thrown instanceof ApiProblem ? thrown.problem.detail?.['command'] : undefined
    return command ? { command: command as CommandView } : { problem: asProblem(thrown) }
  }
}

function PropertyChoice({ writable, chosen }: { writable: readonly LiveProperty[]; chosen: LiveProperty }) {
  const t = words('machine')
  return (
    <SelectField
      id="write-property"
      label={t.property}
      value={chosen.definition.name}
      options={writable.map(({ definition }) => ({ value: definition.name, label: titleOf(definition) }))}
      onInput={(write) => setQuery({ write })}
    />
  )
}

interface ValueFieldProps {
  readonly property: LiveProperty
  readonly text: string
  readonly setText: (text: string) => void
  readonly error: string | undefined
  readonly onLeave: () => void
}

function ValueField({ property, text, setText, error, onLeave }: ValueFieldProps) {
  const t = words('machine')
  const common = words('common')
  const { definition } = property
  const now = formatValueWithUnit(shown(property).value, definition, common)
  const hint = [t.nowIs(now), limitsText(property)].filter(Boolean).join(' · ')
  const choices = choicesOf(definition)
  const label = t.newValue
  if (!choices)
    return (
      <TextField
        id="write-value"
        label={label}
        hint={hint}
        error={error}
        value={text}
        onInput={setText}
        onLeave={onLeave}
        inputMode={definition.type === 'string' ? 'text' : 'decimal'}
        unit={unitSymbol(definition.unit)}
      />
    )
  const options = choices.map((value) => ({
    value,
    label: definition.type === 'boolean' ? (value === 'true' ? common.on : common.off) : value,
  }))
  return <SelectField id="write-value" label={label} hint={hint} value={text} options={options} onInput={setText} />
}

function errorText(
  reason: 'missing' | 'number' | 'integer' | 'below' | 'above' | 'step',
  property: LiveProperty,
): string {
  const t = words('machine')
  return `${t.wrong[reason]} ${limitsText(property)}`.trim()
}
