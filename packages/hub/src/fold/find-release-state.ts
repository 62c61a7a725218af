import type { Digest, ReleaseState } from '@callable/protocol';
import type { Kysely } from 'kysely';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';

/** The kept state of a release; null when no statement about it was folded. */
export async function findReleaseState(
  db: Pick<Kysely<Schema>, 'selectFrom'>,
  digest: Digest,
): Promise<ReleaseState | null> {
  const row = await db.selectFrom('release_state').select('state').where('digest', '=', digest).executeTakeFirst();
  return row ? readJson(row.state) : null;
}
