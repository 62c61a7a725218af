import { type Kysely, type Migration, sql } from 'kysely';

/** Chunks that arrive in pieces: they hold their whole room from the first one on. */
export const chunkPieces: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`create table upload_piece (
      upload text not null references upload (id) on delete cascade,
      file text not null,
      index integer not null,
      primary key (upload, file, index))`.execute(db);
  },
};
