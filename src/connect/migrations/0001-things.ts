import type { Migration } from '#ports'

/** Things defined through the API and things made by what arrived. Those of interwork.yaml are never stored. */
export const things: Migration = {
  name: '0001-things',
  async up(database) {
    await database.schema
      .createTable('connect_thing')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('origin', 'text', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('definition', 'text', (column) => column.notNull())
      .execute()
  },
}
