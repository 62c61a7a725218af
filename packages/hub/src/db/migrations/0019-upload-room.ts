import { type Kysely, type Migration, sql } from 'kysely';

/** Room is reserved as bytes arrive: when they did, since when their upload moves, and when it last did. */
export const uploadRoom: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table upload_chunk add column arrived_at bigint not null default 0`.execute(db);
    await sql`alter table upload add column moving_since bigint not null default 0`.execute(db);
    await sql`alter table upload add column moved_at bigint not null default 0`.execute(db);
    // What had arrived before stays as long as what stops now.
    await sql`update upload set moved_at = extract(epoch from now())::bigint * 1000`.execute(db);
    await sql`create index upload_by_network on upload (network)`.execute(db);
    await sql`create index upload_by_owner on upload (owner)`.execute(db);
  },
};
