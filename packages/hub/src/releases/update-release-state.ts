import {
  conditionsAt,
  type Digest,
  emptyReleaseState,
  isCallable,
  type LoggedStatement,
  type ReleaseState,
  reduceRelease,
} from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';

/** Folds one more statement into the kept state of its release. */
export async function updateReleaseState(
  ctx: Pick<HubContext, 'rules'>,
  tx: Transaction<Schema>,
  digest: Digest,
  logged: LoggedStatement,
  seq: number,
): Promise<void> {
  const before = await tx.selectFrom('release_state').select('state').where('digest', '=', digest).executeTakeFirst();
  const state = reduceRelease(
    before ? (JSON.parse(before.state) as ReleaseState) : emptyReleaseState(logged.loggedAt),
    logged,
    ctx.rules,
  );
  const row = {
    state: JSON.stringify(state),
    statement_seq: seq,
    callable_until: callableUntil(state, logged.loggedAt),
  };
  await tx
    .insertInto('release_state')
    .values({ digest, ...row })
    .onConflict((conflict) => conflict.column('digest').doUpdateSet(row))
    .execute();
}

/** Until when a release stays callable if nothing more is learned; 0 when it is not callable at `at`. */
function callableUntil(state: ReleaseState, at: number): number {
  if (!isCallable(conditionsAt(state, at))) return 0;
  const { Stored, Verified, Reachable } = state.tracks;
  return Math.min(...[Stored, Verified, Reachable].map((track) => track.expiresAt ?? Number.MAX_SAFE_INTEGER));
}
