import type { Kysely, Migration } from 'kysely';

export const walrus: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('walrus_part')
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('offset', 'bigint', (column) => column.notNull())
      .addColumn('size', 'bigint', (column) => column.notNull())
      .addColumn('blob_id', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('walrus_part_key', ['sha256', 'offset'])
      .execute();
    await db.schema.createIndex('walrus_part_blob').on('walrus_part').column('blob_id').execute();

    await db.schema
      .createTable('walrus_object')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('blob_id', 'text', (column) => column.notNull())
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('size', 'bigint', (column) => column.notNull())
      .addColumn('deletable', 'boolean', (column) => column.notNull())
      .addColumn('registered_epoch', 'bigint', (column) => column.notNull())
      .addColumn('end_epoch', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('walrus_object_blob').on('walrus_object').column('blob_id').execute();
    await db.schema.createIndex('walrus_object_file').on('walrus_object').column('sha256').execute();
    await db.schema.createIndex('walrus_object_end').on('walrus_object').column('end_epoch').execute();

    await db.schema
      .createTable('release_blob')
      .addColumn('blob_id', 'text', (column) => column.notNull())
      .addColumn('release', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('release_blob_key', ['blob_id', 'release'])
      .execute();
  },
};
