import { type Kysely, type Migration, sql } from 'kysely';

/** Sessions of which nothing was ever filed had a row for ever; now they have none. */
export const unfiledSessions: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`delete from receipt_session where next = 0`.execute(db);
  },
};
