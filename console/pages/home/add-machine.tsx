import { useEffect, useMemo, useState } from 'preact/hooks'
import { checkMachine, emptyMachine, type MachineForm, machineRequest, suggestId } from '../../lib/add-form.ts'
import { api, asProblem } from '../../lib/api.ts'
import type { Problem, ProfileList } from '../../lib/contract.ts'
import { localText } from '../../lib/format.ts'
import { plant } from '../../lib/instance.ts'
import { areasOf } from '../../lib/machines.ts'
import { go, machineHref } from '../../lib/router.ts'
import { shownLanguage, words } from '../../lib/words.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { ErrorNote } from '../../parts/error.tsx'
import { SelectField, TextField } from '../../parts/field.tsx'

/** Adds a machine that speaks Modbus TCP, with the registers of a profile. The instance has the last word on everything. */
export function AddMachine({ onClose }: { onClose: () => void }) {
  const t = words('home')
  const profiles = useProfiles()
  const [form, setForm] = useState(emptyMachine)
  const [left, setLeft] = useState<ReadonlySet<keyof MachineForm>>(new Set())
  const [problem, setProblem] = useState<Problem>()
  const [sending, setSending] = useState(false)
  const full = withDefaults(form, profiles?.profiles)
  const wrong = checkMachine(full)
  const set = (changes: Partial<MachineForm>) => setForm({ ...form, ...changes })
  const field = (key: keyof MachineForm) => ({
    id: `add-${key}`,
    value: form[key],
    onInput: (value: string) => set({ [key]: value }),
    onLeave: () => setLeft(new Set([...left, key])),
    error: left.has(key) && wrong[key] ? t.wrong[wrong[key]] : undefined,
  })
  const send = async () => {
    setLeft(new Set(Object.keys(form) as (keyof MachineForm)[]))
    if (Object.keys(wrong).length > 0) return
    setSending(true)
    setProblem(undefined)
    try {
      const thing = await api.addThing(machineRequest(full))
      plant.put(thing)
      go(machineHref(thing.id))
    } catch (error) {
      setProblem(asProblem(error))
    } finally {
      setSending(false)
    }
  }
  return (
    <Dialog title={t.addTitle} onClose={onClose} wide>
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <p class="soft">{t.addText}</p>
        <div class="fields">
          <TextField
            {...field('host')}
            label={t.host}
            hint={t.hostHint}
            required
            autofocus
            placeholder="192.168.1.20"
          />
          <TextField {...field('port')} label={t.port} inputMode="numeric" required />
          <TextField {...field('unit')} label={t.unit} hint={t.unitHint} inputMode="numeric" required />
        </div>
        <SelectField
          id="add-profile"
          label={t.profile}
          hint={profiles?.profiles.length === 0 ? t.noProfiles : t.profileHint}
          value={full.profile}
          options={(profiles?.profiles ?? []).map(({ id, title, maker, properties }) => ({
            value: id,
            label: t.profileOption(localText(title, shownLanguage()), maker, properties),
          }))}
          onInput={(profile) => set({ profile })}
        />
        <div class="fields">
          <TextField {...field('title')} label={t.name} hint={t.nameHint} />
          <TextField {...field('id')} label={t.identifier} hint={t.identifierHint} placeholder={full.id} />
          <TextField {...field('area')} label={t.area} hint={areasHint(t.areaHint)} />
        </div>
        {problem && <ErrorNote title={t.notAdded} problem={problem} />}
        <div class="row acts">
          <button type="submit" class="btn main" disabled={sending}>
            {t.add}
          </button>
          <button type="button" class="btn" onClick={onClose}>
            {t.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function useProfiles(): ProfileList | undefined {
  const [profiles, setProfiles] = useState<ProfileList>()
  useEffect(() => {
    // Without the list the form says that there is no profile, and what else can be done.
    api.profiles().then(setProfiles, () => setProfiles({ profiles: [] }))
  }, [])
  return useMemo(
    () => profiles && { profiles: profiles.profiles.filter(({ protocol }) => protocol === 'modbus') },
    [profiles],
  )
}

/** The first profile where none is chosen, and an id made of the name where none is given. */
function withDefaults(form: MachineForm, profiles: ProfileList['profiles'] | undefined): MachineForm {
  const profile = form.profile || (profiles?.[0]?.id ?? '')
  const taken = new Set((plant.things.value ?? []).map(({ view }) => view.id))
  return { ...form, profile, id: form.id || suggestId(form.title, profile, taken) }
}

function areasHint(hint: (areas: string) => string): string {
  const language = shownLanguage()
  const names = areasOf(plant.things.value ?? []).flatMap(({ title }) => (title ? [localText(title, language)] : []))
  return names.length > 0 ? hint(names.slice(0, 3).join(', ')) : ''
}
