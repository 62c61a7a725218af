import type { Address, Delegation } from '@callable/protocol';
import type { Kysely } from 'kysely';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';

/** Everything these principals have delegated, whether it still stands or not. */
export async function findDelegations(
  db: Pick<Kysely<Schema>, 'selectFrom'>,
  principals: readonly Address[],
): Promise<Delegation[]> {
  if (principals.length === 0) return [];
  const rows = await db.selectFrom('delegation').select('content').where('principal', 'in', principals).execute();
  return rows.flatMap((row) => readJson(row.content));
}
