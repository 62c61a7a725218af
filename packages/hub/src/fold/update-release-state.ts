import {
  type Address,
  type Digest,
  emptyReleaseState,
  type LoggedStatement,
  listMarkChanges,
  needsOf,
  reduceState,
} from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { findReleaseState } from './find-release-state.ts';
import { loadRules } from './load-rules.ts';
import { takeMarks } from './take-marks.ts';
import { writeReleaseStates } from './write-release-states.ts';

/** Folds one more statement into the kept state of its release. */
export async function updateReleaseState(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  tx: Transaction<Schema>,
  logged: LoggedStatement,
  seq: number,
): Promise<void> {
  const digest = logged.statement.subject as Digest;
  const kept = await findReleaseState(tx, digest);
  const before = kept ?? emptyReleaseState(logged.loggedAt);
  const rules = await loadRules(ctx, tx, logged, { publisher: before.publisher });
  const state = reduceState('release', before, logged, rules);
  if (!kept && state === before) return;
  await writeReleaseStates(tx, new Map([[digest, state]]), { at: logged.loggedAt, seq, epoch: rules.policy.epoch });
  await seatNodes(tx, digest, needsOf(logged.statement, before.publisher).seats);
  await takeMarks(ctx, tx, listMarkChanges(before, state), { logged, seq }, rules);
}

/** The nodes a statement brings into the state of a release are found again when one of them is convicted. */
async function seatNodes(tx: Transaction<Schema>, release: Digest, nodes: readonly Address[]): Promise<void> {
  if (nodes.length === 0) return;
  await sql`
    insert into release_seat (node, release) select distinct unnest(${nodes}::text[]), ${release}
    on conflict do nothing`.execute(tx);
}
