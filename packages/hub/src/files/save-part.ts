import type { Kysely } from 'kysely';
import type { Schema } from '../db/schema.ts';

/** Remembers that a piece of a file has this blob ID. It depends on the bytes alone, so it never changes. */
export async function savePart(
  db: Pick<Kysely<Schema>, 'insertInto'>,
  part: { sha256: string; offset: number; size: number; blobId: string },
): Promise<void> {
  const { blobId, ...place } = part;
  await db
    .insertInto('walrus_part')
    .values({ ...place, blob_id: blobId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
