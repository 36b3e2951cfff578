import type { Migration } from '#ports'

/** The audit of writes to machines. Ids are UUIDs of version 7, so their order is that of the requests. */
export const commands: Migration = {
  name: '0002-commands',
  async up(database) {
    await database.schema
      .createTable('connect_command')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('thing', 'text', (column) => column.notNull())
      .addColumn('property', 'text', (column) => column.notNull())
      .addColumn('value', 'text', (column) => column.notNull())
      .addColumn('principal', 'text', (column) => column.notNull())
      .addColumn('reason', 'text')
      .addColumn('requested_at', 'text', (column) => column.notNull())
      .addColumn('outcome', 'text', (column) => column.notNull())
      .addColumn('code', 'text')
      .addColumn('message', 'text')
      .addColumn('previous', 'text')
      .addColumn('read_back', 'text')
      .addColumn('finished_at', 'text')
      .execute()
    await database.schema
      .createIndex('connect_command_by_thing')
      .on('connect_command')
      .columns(['thing', 'id'])
      .execute()
    await database.schema
      .createIndex('connect_command_by_outcome')
      .on('connect_command')
      .columns(['outcome', 'id'])
      .execute()
  },
}
