import { type Kysely, type Migration, sql } from 'kysely';

/** Whether a probe of the release was ever answered right. Of those of before it is taken so: they were through their path. */
export const answeredProbes: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('job')
      .addColumn('answered', 'boolean', (column) => column.notNull().defaultTo(false))
      .execute();
    await sql`update job set answered = true where step = 'probe' and settled_at is not null`.execute(db);
  },
};
