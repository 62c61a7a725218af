import type { Kysely, Migration } from 'kysely';

/** Nonces of signed requests that could still be accepted: memory alone forgets them at a restart. */
export const nonces: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('nonce')
      .addColumn('signer', 'text', (column) => column.notNull())
      .addColumn('nonce', 'text', (column) => column.notNull())
      .addColumn('kept_until', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('nonce_once', ['signer', 'nonce'])
      .execute();
    await db.schema.createIndex('nonce_age').on('nonce').column('kept_until').execute();
  },
};
