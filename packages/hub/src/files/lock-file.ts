import { sql, type Transaction } from 'kysely';
import type { Schema } from '../db/schema.ts';

/** Held by whoever stores a file for Walrus, and by whoever drops it because its epochs have passed. */
export async function lockFile(tx: Transaction<Schema>, sha256: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${nameOf(sha256)}, 0))`.execute(tx);
}

/** The same without waiting; false when somebody else holds it. */
export async function tryLockFile(tx: Transaction<Schema>, sha256: string): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${nameOf(sha256)}, 0)) as locked`.execute(tx);
  return rows[0]?.locked === true;
}

const nameOf = (sha256: string) => `walrus ${sha256}`;
