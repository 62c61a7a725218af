import { activatedOf, type Digest, type ReleaseState } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { ReleaseStageTable, Schema } from '../db/schema.ts';

/** Writes how far these releases are, as their states say at that time under that epoch. */
export async function writeReleaseStages(
  tx: Transaction<Schema>,
  states: ReadonlyMap<Digest, ReleaseState>,
  { at, epoch }: { at: number; epoch: number },
): Promise<void> {
  const rows = [...states].map(([digest, state]) => rowOf(digest, state, at, epoch));
  if (rows.length === 0) return;
  const column = (name: keyof ReleaseStageTable) => rows.map((row) => row[name]);
  const numbers = (name: keyof ReleaseStageTable) => sql`${column(name)}::bigint[]`;
  await sql`
    insert into release_stage (digest, listed, uploaded_at, stored_ms, verified_ms, reachable_ms, worked_ms,
      independent_ms, stored_until, verified_until, reachable_until, worked_until)
    select * from unnest(${column('digest')}::text[], ${column('listed')}::boolean[], ${numbers('uploaded_at')},
      ${numbers('stored_ms')}, ${numbers('verified_ms')}, ${numbers('reachable_ms')}, ${numbers('worked_ms')},
      ${numbers('independent_ms')}, ${numbers('stored_until')}, ${numbers('verified_until')},
      ${numbers('reachable_until')}, ${numbers('worked_until')})
    on conflict (digest) do update set listed = excluded.listed, uploaded_at = excluded.uploaded_at,
      stored_ms = excluded.stored_ms, verified_ms = excluded.verified_ms, reachable_ms = excluded.reachable_ms,
      worked_ms = excluded.worked_ms, independent_ms = excluded.independent_ms, stored_until = excluded.stored_until,
      verified_until = excluded.verified_until, reachable_until = excluded.reachable_until,
      worked_until = excluded.worked_until`.execute(tx);
}

function rowOf(digest: Digest, state: ReleaseState, at: number, epoch: number): ReleaseStageTable {
  const { listed, uploadedAt, took, until } = activatedOf(state, at, { policy: { epoch } });
  return {
    digest,
    listed,
    uploaded_at: uploadedAt,
    stored_ms: took.stored,
    verified_ms: took.verified,
    reachable_ms: took.reachable,
    worked_ms: took.worked,
    independent_ms: took.independent,
    stored_until: until.stored,
    verified_until: until.verified,
    reachable_until: until.reachable,
    worked_until: until.worked,
  };
}
