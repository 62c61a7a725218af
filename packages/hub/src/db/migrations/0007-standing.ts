import { type Kysely, type Migration, sql } from 'kysely';

export const standing: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('node_state')
      .addColumn('node', 'text', (column) => column.primaryKey())
      .addColumn('operator', 'text', (column) => column.notNull())
      .addColumn('convicted', 'boolean', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('statement_seq', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('delegation')
      .addColumn('principal', 'text', (column) => column.primaryKey())
      .addColumn('content', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('release_seat')
      .addColumn('node', 'text', (column) => column.notNull())
      .addColumn('release', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('release_seat_key', ['node', 'release'])
      .execute();
    await db.schema
      .createTable('log_fold')
      .addColumn('id', 'integer', (column) => column.primaryKey().check(sql`id = 1`))
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('policy', 'text')
      .execute();
    await db.schema.createIndex('statement_signer').on('statement').columns(['signer', 'kind']).execute();
    await db.schema.alterTable('node').addColumn('network', 'text').execute();
    await db.schema.alterTable('release').addColumn('network', 'text').execute();
    await db.schema.createIndex('release_publisher').on('release').columns(['publisher', 'network']).execute();
  },
};
