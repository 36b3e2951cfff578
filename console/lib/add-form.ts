/** What a person types to add a machine that speaks Modbus TCP. */
export interface MachineForm {
  readonly host: string
  readonly port: string
  readonly unit: string
  readonly profile: string
  readonly title: string
  readonly id: string
  readonly area: string
}

export const emptyMachine: MachineForm = { host: '', port: '502', unit: '1', profile: '', title: '', id: '', area: '' }

export type Wrong = 'missing' | 'port' | 'unit' | 'id' | 'host'

/** What is wrong with each field; fields that are right have no entry. */
export function checkMachine(form: MachineForm): Partial<Record<keyof MachineForm, Wrong>> {
  const wrong: Partial<Record<keyof MachineForm, Wrong>> = {}
  if (form.host.trim() === '') wrong.host = 'missing'
  else if (/[\s/]/.test(form.host.trim())) wrong.host = 'host'
  if (!isWhole(form.port, 1, 65_535)) wrong.port = 'port'
  if (!isWhole(form.unit, 0, 255)) wrong.unit = 'unit'
  if (form.profile === '') wrong.profile = 'missing'
  if (!/^[\p{L}\p{N}][\p{L}\p{N}_.:~=,@-]{0,199}$/u.test(form.id)) wrong.id = 'id'
  return wrong
}

function isWhole(text: string, min: number, max: number): boolean {
  const value = Number(text.trim())
  return text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max
}

/** An id nobody has yet, made of the name, or of the profile where there is none. */
export function suggestId(title: string, profile: string, taken: ReadonlySet<string>): string {
  const from = title.trim() || (profile.split('/').at(-1) ?? '')
  const base = from
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_.:~=,@-]+/gu, '-')
    .replace(/^[^\p{L}\p{N}]+|-+$/gu, '')
  if (base === '') return ''
  let id = base
  for (let count = 2; taken.has(id); count++) id = `${base}-${count}`
  return id
}

/** The body of `POST /things`. */
export function machineRequest(form: MachineForm) {
  const [title, area] = [form.title.trim(), form.area.trim()]
  return {
    profile: form.profile,
    id: form.id,
    ...(title !== '' && { title }),
    ...(area !== '' && { area }),
    connection: {
      protocol: 'modbus',
      transport: 'tcp',
      host: form.host.trim(),
      port: Number(form.port),
      unit: Number(form.unit),
    },
  }
}
