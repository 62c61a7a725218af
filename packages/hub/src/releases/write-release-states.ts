import type { Digest, ReleaseState } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { Schema } from '../db/schema.ts';
import { callableUntil } from './callable-until.ts';

/** Keeps the folded states of these releases, as they are after the statement with this sequence number. */
export async function writeReleaseStates(
  tx: Transaction<Schema>,
  states: ReadonlyMap<Digest, ReleaseState>,
  { at, seq, epoch }: { at: number; seq: number; epoch: number },
): Promise<void> {
  if (states.size === 0) return;
  const texts = [...states.values()].map((state) => JSON.stringify(state));
  const untils = [...states.values()].map((state) => callableUntil(state, at, epoch));
  await sql`
    insert into release_state (digest, state, statement_seq, callable_until)
    select digest, state, ${seq}, callable_until
    from unnest(${[...states.keys()]}::text[], ${texts}::text[], ${untils}::bigint[]) as given (digest, state, callable_until)
    on conflict (digest) do update set
      state = excluded.state, statement_seq = excluded.statement_seq, callable_until = excluded.callable_until`.execute(
    tx,
  );
}
