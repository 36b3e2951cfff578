import type { ComponentChildren } from 'preact'
import { Icon } from './icons.tsx'

interface FieldProps {
  readonly id: string
  readonly label: string
  /** What may be entered; replaced by the error where there is one. */
  readonly hint?: ComponentChildren
  readonly error?: string | undefined
  readonly unit?: string
  readonly children: ComponentChildren
}

/** Label above, unit inside right, hint below; the error replaces the hint and says what to do. */
function Field({ id, label, hint, error, unit, children }: FieldProps) {
  return (
    <div class={`field${error ? ' wrong' : ''}`}>
      <label for={id}>{label}</label>
      <div class="in">
        {children}
        {unit && <span class="quiet">{unit}</span>}
      </div>
      {(error || hint) && (
        <span class="hint" id={`${id}-hint`} role={error ? 'alert' : undefined}>
          {error && <Icon name="cross" />}
          {error ?? hint}
        </span>
      )}
    </div>
  )
}

interface TextFieldProps extends Omit<FieldProps, 'children'> {
  readonly value: string
  readonly onInput: (value: string) => void
  /** Validation happens on leaving, not on typing. */
  readonly onLeave?: () => void
  readonly inputMode?: 'decimal' | 'numeric' | 'text'
  readonly required?: boolean
  readonly placeholder?: string
  readonly autofocus?: boolean
}

export function TextField(props: TextFieldProps) {
  const { id, value, onInput, onLeave, inputMode, required, placeholder, autofocus, ...field } = props
  return (
    <Field id={id} {...field}>
      <input
        id={id}
        value={value}
        inputMode={inputMode ?? 'text'}
        required={required ?? false}
        placeholder={placeholder ?? ''}
        autofocus={autofocus ?? false}
        autocomplete="off"
        spellcheck={false}
        aria-invalid={field.error ? 'true' : undefined}
        aria-describedby={field.error || field.hint ? `${id}-hint` : undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
        onBlur={() => onLeave?.()}
      />
    </Field>
  )
}

interface SelectFieldProps extends Omit<FieldProps, 'children'> {
  readonly value: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
  readonly onInput: (value: string) => void
}

export function SelectField({ id, value, options, onInput, ...field }: SelectFieldProps) {
  return (
    <Field id={id} {...field}>
      <select
        id={id}
        value={value}
        aria-invalid={field.error ? 'true' : undefined}
        aria-describedby={field.error || field.hint ? `${id}-hint` : undefined}
        onChange={(event) => onInput(event.currentTarget.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Field>
  )
}
