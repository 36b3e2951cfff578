import type { SqlTable } from '#ports'
import type { House } from '../house.ts'

/** The things as a table that SQL may use beside the readings. Titles and areas are the English ones. */
export function thingsTable({ connect }: Pick<House, 'connect'>): SqlTable {
  const columns = ['id', 'title', 'area', 'profile', 'protocol', 'state'] as const
  return {
    name: 'things',
    columns: columns.map((name) => ({ name, type: 'VARCHAR' })),
    rows: connect.things
      .list()
      .map(({ id, title, area, profile, connection }) => [
        id,
        title?.en ?? id,
        area?.en ?? null,
        profile ?? null,
        connection?.protocol ?? null,
        connect.things.machine(id).state,
      ]),
  }
}
