import { type Address, type Digest, discountNode, type ReleaseState, type Rules } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { wakeSteps } from '../jobs/wake-steps.ts';
import { writeReleaseStates } from './write-release-states.ts';

const releasesAtOnce = 500;

/**
 * A node was caught lying: what it said, answered and was probed for counts no more, in every release, in the
 * transaction that convicts it. Those releases are drawn and probed again, and what the node was to do is taken from it.
 */
export async function discountConvicted(
  ctx: Pick<HubContext, 'clock'>,
  tx: Transaction<Schema>,
  conviction: { node: Address; at: number; id: string; seq: number },
  rules: Pick<Rules, 'policy' | 'epochSince'>,
): Promise<void> {
  for (let after = ''; ; ) {
    const rows = await tx
      .selectFrom('release_seat')
      .innerJoin('release_state', 'release_state.digest', 'release_seat.release')
      .select(['release_seat.release', 'release_state.state'])
      .where('release_seat.node', '=', conviction.node)
      .where('release_seat.release', '>', after as Digest)
      .orderBy('release_seat.release')
      .limit(releasesAtOnce)
      .execute();
    const states = new Map<Digest, ReleaseState>();
    for (const { release, state } of rows) {
      const before = readJson(state);
      const left = discountNode(before, conviction.node, conviction.at, conviction.id, rules);
      if (left !== before) states.set(release, left);
    }
    await writeReleaseStates(tx, states, { ...conviction, epoch: rules.policy.epoch });
    await wakeSteps(ctx, tx, [...states.keys()], ['draw', 'probe']);
    await tellReleases(tx, [...states.keys()]);
    const last = rows.at(-1);
    if (!last || rows.length < releasesAtOnce) break;
    after = last.release;
  }
  await takeTasksFrom(ctx, tx, conviction.node);
}

async function tellReleases(tx: Transaction<Schema>, releases: readonly Digest[]): Promise<void> {
  await sql`insert into outbox (topic, subject) select 'release', unnest(${releases}::text[])`.execute(tx);
}

/** Without its token a lease is lost: what the node still hands in comes too late. */
async function takeTasksFrom(ctx: Pick<HubContext, 'clock'>, tx: Transaction<Schema>, node: Address): Promise<void> {
  const held = tx
    .selectFrom('job')
    .select('id')
    .where('assignee', '=', node)
    .where('state', '=', 'leased')
    .orderBy('id')
    .forUpdate();
  await tx
    .updateTable('job')
    .set({ state: 'dead', token: null, lease_until: null, run_at: ctx.clock() })
    .where('id', 'in', held)
    .execute();
}
