import { type Kysely, type Migration, sql } from 'kysely';

export const triage: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('job')
      .addColumn('turn', 'bigint')
      .addColumn('key_turn', 'bigint')
      .addColumn('recheck', 'boolean')
      .addColumn('party', 'text')
      .addColumn('publisher', 'text')
      .addColumn('calls', 'double precision')
      .addColumn('leased_at', 'bigint')
      .addColumn('worked_ms', 'bigint')
      .addColumn('last_ms', 'bigint')
      .addColumn('settled_at', 'bigint')
      .execute();
    await sql`create index job_unplaced on job (assignee, run_at) where state = 'ready' and turn is null`.execute(db);
    for (const [name, columns] of [
      ['job_by_turn', 'turn'],
      ['job_by_key_turn', 'party, key_turn'],
      ['job_by_demand', 'party, publisher'],
    ] as const)
      await sql`
        create index ${sql.id(name)} on job (assignee, recheck, ${sql.raw(columns)}, calls desc, run_at, id)
        where state = 'ready' and turn is not null`.execute(db);
    await sql`create index job_settled on job (step, settled_at desc) where settled_at is not null`.execute(db);
    await db.schema
      .createTable('job_lane')
      .addColumn('assignee', 'text', (column) => column.primaryKey())
      .addColumn('first_turn', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('recheck_turn', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('firsts', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('recheck_at', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema
      .createTable('job_turn')
      .addColumn('assignee', 'text', (column) => column.notNull())
      .addColumn('recheck', 'boolean', (column) => column.notNull())
      .addColumn('party', 'text', (column) => column.notNull())
      .addColumn('publisher', 'text', (column) => column.notNull())
      .addColumn('next', 'bigint', (column) => column.notNull())
      .addColumn('reached', 'bigint', (column) => column.notNull().defaultTo(0))
      .addPrimaryKeyConstraint('job_turn_key', ['assignee', 'recheck', 'party', 'publisher'])
      .execute();
    await db.schema
      .createTable('demand')
      .addColumn('release', 'text', (column) => column.primaryKey())
      .addColumn('calls', 'double precision', (column) => column.notNull())
      .addColumn('counted_at', 'bigint', (column) => column.notNull())
      .addColumn('called_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};
