import { type Kysely, type Migration, sql } from 'kysely';

/** That a later head than the database holds was signed: nothing is logged on it, by whichever process. */
export const logRollback: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('log_rollback')
      .addColumn('origin', 'text', (column) => column.primaryKey())
      .addColumn('why', 'text', (column) => column.notNull())
      .addColumn('since', 'bigint', (column) => column.notNull())
      .execute();
    // In the database: every way to the log passes here, also that of a process which has not heard of it.
    await sql`create function refuse_after_rollback() returns trigger language plpgsql as
      $$ begin
        if exists (select from log_rollback) then
          raise exception 'the log was rolled back' using errcode = 'CA001';
        end if;
        return new;
      end $$`.execute(db);
    await sql`create trigger statement_after_rollback before insert on statement
      for each row execute function refuse_after_rollback()`.execute(db);
  },
};
