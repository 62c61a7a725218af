import type { Alias } from '@callable/protocol';
import type { Kysely } from 'kysely';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';

/** The alias with this subject, `publisher/name`, or null. */
export async function findAlias(db: Pick<Kysely<Schema>, 'selectFrom'>, subject: string): Promise<Alias | null> {
  const row = await db.selectFrom('alias').select('content').where('subject', '=', subject).executeTakeFirst();
  return row ? readJson(row.content) : null;
}
