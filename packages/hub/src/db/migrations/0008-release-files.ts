import { type Kysely, type Migration, sql } from 'kysely';

export const releaseFiles: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    // Which bytes are named by a release is asked before any are dropped.
    await db.schema
      .createTable('release_file')
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('release', 'text', (column) => column.notNull().references('release.digest'))
      .addPrimaryKeyConstraint('release_file_key', ['sha256', 'release'])
      .execute();
    // json, not jsonb: a manifest may hold strings that jsonb refuses.
    await sql`insert into release_file (sha256, release)
      select distinct file ->> 'sha256', digest from release, json_array_elements(manifest::json -> 'files') as file`.execute(
      db,
    );
    await db.schema.createIndex('stored_chunk_file').on('stored_chunk').column('file').execute();
    // Whose bytes they are by the network address they came from; empty for those of before.
    await db.schema
      .alterTable('walrus_object')
      .addColumn('sender', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    await db.schema.createIndex('walrus_object_sender').on('walrus_object').column('sender').execute();
  },
};
