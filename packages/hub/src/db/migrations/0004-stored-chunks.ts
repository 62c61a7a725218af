import type { Kysely, Migration } from 'kysely';

export const storedChunks: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('stored_chunk')
      .addColumn('sha256', 'text', (column) => column.primaryKey())
      .addColumn('file', 'text', (column) => column.notNull())
      .addColumn('index', 'integer', (column) => column.notNull())
      .addColumn('size', 'integer', (column) => column.notNull())
      .execute();
  },
};
