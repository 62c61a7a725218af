import type { Kysely, Migration } from 'kysely';

export const curation: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('alias')
      .addColumn('subject', 'text', (column) => column.primaryKey())
      .addColumn('content', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('label')
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('label', 'text', (column) => column.notNull())
      .addColumn('signer', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('since', 'bigint', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('label_key', ['subject', 'signer', 'label'])
      .execute();
    // What lists and references look for; both follow from the state beside them.
    await db.schema
      .alterTable('release_state')
      .addColumn('yanked', 'boolean', (column) => column.notNull().defaultTo(false))
      .addColumn('unlisted', 'boolean', (column) => column.notNull().defaultTo(false))
      .addColumn('withheld', 'boolean', (column) => column.notNull().defaultTo(false))
      .execute();
  },
};
