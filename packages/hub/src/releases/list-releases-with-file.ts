import type { Digest } from '@callable/protocol';
import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import type { Schema } from '../db/schema.ts';

/** The releases that contain a file with this sha256. Reads every manifest: for what happens rarely. */
export async function listReleasesWithFile(tx: Transaction<Schema>, sha256: string): Promise<Digest[]> {
  const rows = await tx
    .selectFrom('release')
    .select('digest')
    .where(sql<boolean>`strpos(manifest, ${`"sha256":"${sha256}"`}) > 0`)
    .execute();
  return rows.map((row) => row.digest);
}
