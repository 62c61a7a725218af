import type { Digest } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { Schema } from '../db/schema.ts';

/** The releases that contain a file with this sha256. */
export async function listReleasesWithFile(tx: Transaction<Schema>, sha256: string): Promise<Digest[]> {
  const rows = await tx.selectFrom('release_file').select('release').where('sha256', '=', sha256).execute();
  return rows.map((row) => row.release);
}
