import { type Kysely, type Migration, sql } from 'kysely';

/** What nodes hold, a row for each release, so that nobody has to read all that a node says to find who holds one. */
export const nodeHoldings: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('node_holding')
      .addColumn('node', 'text', (column) => column.notNull())
      .addColumn('release', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('reason', 'text')
      .addPrimaryKeyConstraint('node_holding_once', ['node', 'release'])
      .execute();
    await db.schema.createIndex('node_holding_release').on('node_holding').column('release').execute();
    await db.schema
      .alterTable('node')
      .addColumn('holdings_session', 'text')
      .addColumn('holdings_told', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('holdings', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('holdings_left', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await sql`create index node_holdings on node (network, holdings) where holdings > 0`.execute(db);
    // What was said before could be megabytes; nodes say it anew within ten seconds.
    await sql`update node set announcement = null`.execute(db);
  },
};
