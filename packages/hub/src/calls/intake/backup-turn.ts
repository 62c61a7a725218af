import { sql, type Transaction } from 'kysely';
import type { Schema } from '../../db/schema.ts';

const backupLock = 0x0ca11ab4e;

/**
 * For the connection of a backup, before its snapshot: until that connection ends, no file of a segment goes that the snapshot
 * may name. Tables that take longer than files are kept would else be copied beside files that are gone.
 */
export const holdSegments = `select pg_advisory_lock_shared(${backupLock})`;

/** Whether no backup is being written; none begins before the transaction ends. */
export async function isBackupFree(tx: Transaction<Schema>): Promise<boolean> {
  const { rows } = await sql<{ free: boolean }>`select pg_try_advisory_xact_lock(${backupLock}) as free`.execute(tx);
  return rows[0]?.free === true;
}
