import type { Kysely, Migration } from 'kysely';

/** In which session each node speaks, and which have ended: a node restored from a copy opens another one. */
export const nodeSessions: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('node').addColumn('sessions', 'text').execute();
  },
};
