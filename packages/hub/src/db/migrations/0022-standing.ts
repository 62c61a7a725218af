import type { Kysely, Migration } from 'kysely';

/** From where nodes ask, for turns within a network, and what their disagreements have cost. */
export const standingSeats: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('node').addColumn('sender', 'text').execute();
    await db.schema
      .createTable('recomputation_cost')
      .addColumn('network', 'text', (column) => column.notNull())
      .addColumn('day', 'integer', (column) => column.notNull())
      .addColumn('count', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('recomputation_cost_once', ['network', 'day'])
      .execute();
  },
};
