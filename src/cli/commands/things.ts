import type { Command } from 'commander'
import type { ApiClient, ThingList, ThingView } from '#instance'
import { exitCodes } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { table } from '../table.ts'
import { acting, type CommonOptions, type Done, runningInstance, verb } from '../verb.ts'

const pageSize = 200

/** `interwork things`: the machines there are. */
export function thingsCommand(io: Io, done: Done): Command {
  return verb('things', 'list the machines').action(acting(io, done, things))
}

async function things(io: Io, options: CommonOptions): Promise<number> {
  const list = await allThings(await runningInstance(io, options))
  if (options.json) io.out(`${JSON.stringify({ things: list })}\n`)
  else if (list.length === 0)
    io.out('No machines yet. Add one: interwork add modbus-tcp://host:502 --profile maker/name\n')
  else io.out(table(['id', 'title', 'area', 'state', 'connection', 'values'], list.map(row), [5]))
  return exitCodes.ok.code
}

/** All things of the instance, page by page. */
export async function allThings(client: ApiClient): Promise<ThingView[]> {
  const found: ThingView[] = []
  let cursor: string | undefined
  do {
    const query = new URLSearchParams({ limit: String(pageSize), ...(cursor !== undefined && { cursor }) })
    const page: ThingList = await client.json(`/api/v1/things?${query}`)
    found.push(...page.things)
    cursor = page.next
  } while (cursor !== undefined)
  return found
}

function row({ id, title, area, machine, status, properties }: ThingView): string[] {
  const connection = status ? `${status.state} (${status.protocol} ${status.address})` : 'sends by itself'
  return [id, title.en, area?.en ?? '', machine.text ?? machine.state, connection, String(properties.length)]
}
