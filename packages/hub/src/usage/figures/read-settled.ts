import { settledUntil } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { Schema } from '../../db/schema.ts';

/** Up to which time the log shows all keys of probes, as of its last entry. */
export async function readSettled(tx: Transaction<Schema>): Promise<number> {
  const { rows } = await sql<{ revealed: number | null; loggedAt: number | null }>`
    select (select max(day) from probe_reveal) as revealed,
      (select logged_at from statement order by seq desc limit 1) as "loggedAt"`.execute(tx);
  return settledUntil(rows[0]?.revealed ?? null, rows[0]?.loggedAt ?? 0);
}
