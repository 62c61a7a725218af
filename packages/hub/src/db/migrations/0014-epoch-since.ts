import type { Kysely, Migration } from 'kysely';

/** A condition that an epoch took back says since when: the time the epoch came into force. The next fold fills it. */
export const epochSince: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('log_fold')
      .addColumn('epoch_since', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
  },
};
