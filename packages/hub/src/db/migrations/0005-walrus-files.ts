import type { Kysely, Migration } from 'kysely';

export const walrusFiles: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('walrus_file')
      .addColumn('sha256', 'text', (column) => column.primaryKey())
      .addColumn('size', 'bigint', (column) => column.notNull())
      .addColumn('chunks', 'text', (column) => column.notNull())
      .addColumn('parts', 'text', (column) => column.notNull())
      .addColumn('end_epoch', 'bigint')
      .execute();
    await db.schema.createIndex('walrus_file_end').on('walrus_file').column('end_epoch').execute();

    await db.schema
      .createTable('walrus_trouble')
      .addColumn('release', 'text', (column) => column.primaryKey())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('since', 'bigint', (column) => column.notNull())
      .addColumn('alarm', 'boolean', (column) => column.notNull())
      .execute();
  },
};
