import { type Kysely, type Migration, sql } from 'kysely';

export const log: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('log_head')
      .addColumn('origin', 'text', (column) => column.primaryKey())
      .addColumn('size', 'bigint', (column) => column.notNull())
      .addColumn('root', 'text', (column) => column.notNull())
      .addColumn('note', 'text', (column) => column.notNull())
      .execute();
    // A head is signed: also a bug of ours shall not be able to take it back.
    await sql`create function refuse_smaller_head() returns trigger language plpgsql as
      $$ begin
        if new.origin <> old.origin or new.size <= old.size then raise exception 'a log only grows'; end if;
        return new;
      end $$`.execute(db);
    await sql`create trigger log_head_grows before update on log_head
      for each row execute function refuse_smaller_head()`.execute(db);
    await db.schema.alterTable('receipt').addColumn('batch', 'bigint').addColumn('batch_index', 'integer').execute();
    await sql`create index receipt_unbatched on receipt (id) where batch is null and content is not null`.execute(db);
    await sql`create index receipt_batch on receipt (batch, batch_index) where batch is not null`.execute(db);
  },
};
