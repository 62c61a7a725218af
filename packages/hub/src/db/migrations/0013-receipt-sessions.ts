import type { Kysely, Migration } from 'kysely';

/** Receipts of version 2 are numbered within sessions of their node: only two of one session with one number are a fork. */
export const receiptSessions: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('receipt')
      .addColumn('session', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    // Every session begins at zero: by node and number alone one receipt would be held against all sessions of its node.
    await db.schema.createIndex('receipt_session').on('receipt').columns(['node', 'session', 'number']).execute();
    await db.schema.dropIndex('receipt_number').execute();
  },
};
