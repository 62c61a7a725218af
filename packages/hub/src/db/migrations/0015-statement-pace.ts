import type { Kysely, Migration } from 'kysely';

/** How much each network has said within a day: keys are free, so counting by key alone bounds nothing. */
export const statementPace: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('statement_pace')
      .addColumn('seq', 'bigint', (column) => column.primaryKey())
      .addColumn('network', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('logged_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('statement_pace_network')
      .on('statement_pace')
      .columns(['network', 'logged_at'])
      .execute();
    await db.schema.createIndex('statement_pace_age').on('statement_pace').column('logged_at').execute();
  },
};
