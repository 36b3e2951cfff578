import type { Migration } from '#ports'

/** Files on their way in. Ids are UUIDs of version 7; the record of an import is one JSON text. */
export const imports: Migration = {
  name: '0004-imports',
  async up(database) {
    await database.schema
      .createTable('connect_import')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .execute()
    await database.schema
      .createIndex('connect_import_by_fingerprint')
      .on('connect_import')
      .columns(['fingerprint', 'id'])
      .execute()
    await database.schema
      .createTable('connect_import_rejected')
      .addColumn('import', 'text', (column) => column.notNull())
      .addColumn('line', 'bigint', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('connect_import_rejected_by_line', ['import', 'line'])
      .execute()
  },
}
