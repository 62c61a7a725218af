import type { Kysely, Migration } from 'kysely';

/** How many wrong answers a node's record holds, so that those of a network are found without reading all records. */
export const wrongAnswers: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('node_state')
      .addColumn('wrong', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema.createIndex('node_of_network').on('node').column('network').execute();
  },
};
