/** What crash-http sends and expects back: every line tells by its time which it is, and its fields follow from that. */
export interface Sender {
  /** The measurement and tags, and so the id of the thing. */
  readonly thing: string
  readonly requests: Request[]
}

export interface Request {
  readonly sender: Sender
  readonly sequence: number
  readonly rows: number
  acknowledged: boolean
}

/** What is stored of a sender. */
export interface Found {
  /** Lines of which all fields are there. */
  readonly times: ReadonlySet<number>
  /** Readings that are not what was sent with this time. */
  readonly wrong: number
  readonly doubled: number
}

export const sender = (round: number, number: number): Sender => ({
  thing: `crash,round=${round},sender=${number}`,
  requests: [],
})

/** µs; apart by request and row. */
const begin = 1_767_225_600_000_000
const rowsAtMost = 10_000
const timeOf = (sequence: number, row: number): number => begin + sequence * rowsAtMost + row

/** By field: its text in line protocol, and what is read back. */
const fields: Readonly<Record<string, { sent(time: number): string; read(time: number): unknown }>> = {
  count: { sent: (time) => `${time}i`, read: (time) => time },
  level: { sent: (time) => String((time % 1_000) / 8), read: (time) => (time % 1_000) / 8 },
  note: { sent: (time) => `"at ${time}"`, read: (time) => `at ${time}` },
}

/** The times of the lines of a request. */
export const linesOf = ({ sequence, rows }: Request): readonly number[] =>
  Array.from({ length: rows }, (_, row) => timeOf(sequence, row))

export function lineBody(request: Request): string {
  const line = (time: number) => Object.entries(fields).map(([name, field]) => `${name}=${field.sent(time)}`)
  return linesOf(request)
    .map((time) => `${request.sender.thing} ${line(time).join()} ${time}\n`)
    .join('')
}

/** Reads everything that is stored of a sender, over HTTP. */
export async function kept(url: string, { thing }: Sender): Promise<Found> {
  const seen = new Map<number, number>()
  let [wrong, doubled] = [0, 0]
  for (const [name, field] of Object.entries(fields)) {
    let last = 0
    for await (const [time, value] of readings(
      `${url}/api/v1/things/${encodeURIComponent(thing)}/properties/${name}`,
    )) {
      if (time === last) doubled++
      else seen.set(time, (seen.get(time) ?? 0) + 1)
      if (value !== field.read(time)) wrong++
      last = time
    }
  }
  const whole = [...seen].filter(([, count]) => count === Object.keys(fields).length)
  return { times: new Set(whole.map(([time]) => time)), wrong, doubled }
}

/** All readings of a property, oldest first; none where the property is not known. */
async function* readings(property: string): AsyncGenerator<[number, unknown]> {
  for (let cursor = ''; ; ) {
    const answer = await fetch(
      `${property}/readings?from=2025-12-31T00:00:00Z&to=2026-02-01T00:00:00Z&limit=50000${cursor}`,
    )
    if (answer.status === 404) return
    if (answer.status !== 200) throw new Error(`reading answered with ${answer.status}: ${await answer.text()}`)
    const page = (await answer.json()) as { time: number[]; value: unknown[]; next?: string }
    for (const [row, time] of page.time.entries()) yield [time, page.value[row]]
    if (page.next === undefined) return
    cursor = `&cursor=${encodeURIComponent(page.next)}`
  }
}
