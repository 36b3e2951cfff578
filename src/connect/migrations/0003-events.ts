import type { Migration } from '#ports'

/** "Last events": bounded, see `EventLog`. */
export const events: Migration = {
  name: '0003-events',
  async up(database) {
    await database.schema
      .createTable('connect_event')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('at', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('thing', 'text')
      .addColumn('detail', 'text', (column) => column.notNull())
      .execute()
  },
}
