import type { Kysely, Migration } from 'kysely';

/** From where an upload was announced: keys cost nothing, networks do. */
export const uploadNetwork: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('upload')
      .addColumn('network', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
  },
};
