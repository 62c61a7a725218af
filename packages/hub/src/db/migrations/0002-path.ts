import { type Kysely, type Migration, sql } from 'kysely';

export const path: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('upload')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('owner', 'text', (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('upload_file')
      .addColumn('upload', 'text', (column) => column.notNull().references('upload.id').onDelete('cascade'))
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('size', 'bigint', (column) => column.notNull())
      .addColumn('chunks', 'text', (column) => column.notNull())
      .addColumn('stored', 'boolean', (column) => column.notNull())
      .addPrimaryKeyConstraint('upload_file_key', ['upload', 'sha256'])
      .execute();
    await db.schema
      .createTable('upload_chunk')
      .addColumn('upload', 'text', (column) => column.notNull().references('upload.id').onDelete('cascade'))
      .addColumn('file', 'text', (column) => column.notNull())
      .addColumn('index', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('upload_chunk_key', ['upload', 'file', 'index'])
      .execute();

    await db.schema
      .createTable('job')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('release', 'text', (column) => column.notNull())
      .addColumn('step', 'text', (column) => column.notNull())
      .addColumn('assignee', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('run_at', 'bigint', (column) => column.notNull())
      .addColumn('lease_until', 'bigint')
      .addColumn('token', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('last_error', 'text')
      .addUniqueConstraint('job_step', ['release', 'step', 'assignee'])
      .execute();
    await sql`create index job_ready on job (assignee, run_at) where state = 'ready'`.execute(db);
    await sql`create index job_leased on job (lease_until) where state = 'leased'`.execute(db);

    await db.schema
      .createTable('node')
      .addColumn('address', 'text', (column) => column.primaryKey())
      .addColumn('software', 'text', (column) => column.notNull())
      .addColumn('memory_bytes', 'bigint', (column) => column.notNull())
      .addColumn('slots', 'integer', (column) => column.notNull())
      .addColumn('joined_at', 'bigint', (column) => column.notNull())
      .addColumn('last_seen_at', 'bigint')
      .addColumn('announcement', 'text')
      .execute();

    await db.schema
      .createTable('receipt')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('release', 'text', (column) => column.notNull())
      .addColumn('node', 'text')
      .addColumn('caller', 'text', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('outcome', 'text', (column) => column.notNull())
      .addColumn('content', 'text')
      .addColumn('counted', 'boolean', (column) => column.notNull())
      .execute();
    await sql`create index receipt_uncounted on receipt (release) where not counted`.execute(db);
    await sql`create index receipt_callers on receipt (release, caller) where outcome = 'good'`.execute(db);

    await db.schema
      .createTable('probe_caller')
      .addColumn('address', 'text', (column) => column.primaryKey())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute();

    // Rows are read only below the oldest running transaction: ids are given out before commits are ordered.
    await db.schema
      .createTable('outbox')
      .addColumn('id', 'bigserial', (column) => column.primaryKey())
      .addColumn('topic', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('xid', sql`xid8`, (column) => column.notNull().defaultTo(sql`pg_current_xact_id()`))
      .execute();
  },
};
