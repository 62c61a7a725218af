import { type Kysely, type Migration, sql } from 'kysely';

export const audits: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('audit')
      .addColumn('receipt', 'text', (column) => column.primaryKey())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('node', 'text', (column) => column.notNull())
      .addColumn('release', 'text', (column) => column.notNull())
      .addColumn('stage', 'text', (column) => column.notNull())
      .addColumn('message', 'text', (column) => column.notNull())
      .addColumn('outcome', 'text')
      .addColumn('auditors', 'text', (column) => column.notNull())
      .addColumn('said', 'text', (column) => column.notNull())
      .addColumn('passed_over', 'text', (column) => column.notNull())
      .addColumn('accuser', 'text')
      .addColumn('audit_class', 'integer', (column) => column.notNull())
      .addColumn('tolerance', 'double precision', (column) => column.notNull())
      .addColumn('size', 'bigint', (column) => column.notNull())
      .addColumn('root', 'text', (column) => column.notNull())
      .addColumn('drawn_at', 'bigint', (column) => column.notNull())
      .addColumn('stage_at', 'bigint', (column) => column.notNull())
      .addColumn('asked', 'integer', (column) => column.notNull())
      .addColumn('asked_at', 'bigint')
      .addColumn('disclosed_at', 'bigint')
      .addColumn('signed', 'text', (column) => column.notNull())
      .execute();
    await sql`create index audit_pending on audit (drawn_at) where stage <> 'done'`.execute(db);
    await db.schema.createIndex('audit_node').on('audit').columns(['node', 'drawn_at']).execute();
    // One row: up to which entry of the log receipts and validations have had their chance to be drawn.
    await db.schema
      .createTable('audit_cursor')
      .addColumn('id', 'integer', (column) => column.primaryKey().check(sql`id = 1`))
      .addColumn('size', 'bigint', (column) => column.notNull())
      .execute();
    await sql`insert into audit_cursor (id, size) select 1, count(*) from statement`.execute(db);
    // Two receipts of one node with one number prove a fork; those of before are not searched.
    await db.schema.alterTable('receipt').addColumn('number', 'bigint').execute();
    await db.schema.createIndex('receipt_number').on('receipt').columns(['node', 'number']).execute();
  },
};
