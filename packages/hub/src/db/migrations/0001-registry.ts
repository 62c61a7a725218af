import { type Kysely, type Migration, sql } from 'kysely';

export const registry: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('statement')
      .addColumn('seq', 'bigint', (column) => column.primaryKey())
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('signer', 'text', (column) => column.notNull())
      .addColumn('issued_at', 'bigint', (column) => column.notNull())
      .addColumn('logged_at', 'bigint', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('statement_subject').on('statement').columns(['subject', 'seq']).execute();
    // Evidence is append-only: also a bug of ours shall not be able to change it.
    await sql`create function refuse_change() returns trigger language plpgsql as
      $$ begin raise exception 'statements are append-only'; end $$`.execute(db);
    await sql`create trigger statement_append_only before update or delete on statement
      for each row execute function refuse_change()`.execute(db);

    await db.schema
      .createTable('handle')
      .addColumn('handle', 'text', (column) => column.primaryKey())
      .addColumn('owner', 'text', (column) => column.notNull())
      .addColumn('statement_seq', 'bigint', (column) => column.notNull().references('statement.seq'))
      .execute();
    await db.schema.createIndex('handle_owner').on('handle').columns(['owner', 'statement_seq']).execute();

    await db.schema
      .createTable('release')
      .addColumn('digest', 'text', (column) => column.primaryKey())
      .addColumn('publisher', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('version', 'text', (column) => column.notNull())
      .addColumn('manifest', 'text', (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addColumn('published_at', 'bigint', (column) => column.notNull())
      .addColumn('search', 'text', (column) => column.notNull())
      .addUniqueConstraint('release_reference', ['publisher', 'name', 'version'])
      .execute();
    await db.schema.createIndex('release_published').on('release').columns(['published_at', 'digest']).execute();

    await db.schema
      .createTable('release_state')
      .addColumn('digest', 'text', (column) => column.primaryKey())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('statement_seq', 'bigint', (column) => column.notNull())
      .addColumn('callable_until', 'bigint', (column) => column.notNull())
      .execute();
  },
};
