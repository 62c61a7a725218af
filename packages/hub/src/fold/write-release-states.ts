import type { Digest, ReleaseState } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import { toJsonText } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { callableUntil } from './callable-until.ts';
import { writeReleaseStages } from './write-release-stages.ts';

/** Keeps the folded states of these releases, as they are after the statement with this sequence number. */
export async function writeReleaseStates(
  tx: Transaction<Schema>,
  states: ReadonlyMap<Digest, ReleaseState>,
  { at, seq, epoch }: { at: number; seq: number; epoch: number },
): Promise<void> {
  if (states.size === 0) return;
  const rows = [...states].map(([digest, state]) => ({ digest, ...columnsOf(state, at, epoch) }));
  const column = <Name extends keyof (typeof rows)[number]>(name: Name) => rows.map((row) => row[name]);
  await sql`
    insert into release_state (digest, state, statement_seq, callable_until, yanked, unlisted, withheld)
    select digest, state, ${seq}, callable_until, yanked, unlisted, withheld
    from unnest(
      ${column('digest')}::text[], ${column('state')}::text[], ${column('callable_until')}::bigint[],
      ${column('yanked')}::boolean[], ${column('unlisted')}::boolean[], ${column('withheld')}::boolean[]
    ) as given (digest, state, callable_until, yanked, unlisted, withheld)
    on conflict (digest) do update set
      state = excluded.state, statement_seq = excluded.statement_seq, callable_until = excluded.callable_until,
      yanked = excluded.yanked, unlisted = excluded.unlisted, withheld = excluded.withheld`.execute(tx);
  await writeReleaseStages(tx, states, { at, epoch });
}

function columnsOf(state: ReleaseState, at: number, epoch: number) {
  const refused = state.notices.refused?.scopes ?? [];
  return {
    state: toJsonText(state),
    callable_until: callableUntil(state, at, epoch),
    yanked: state.notices.yanked !== null,
    unlisted: refused.includes('listing'),
    withheld: refused.includes('bytes'),
  };
}
