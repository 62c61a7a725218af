import type { Digest, Policy } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { wakeSteps } from '../jobs/wake-steps.ts';
import { callableUntil } from './callable-until.ts';
import { writeReleaseStages } from './write-release-stages.ts';

const releasesAtOnce = 500;
/** Draws of releases that were checked before follow each other this slowly, so that new ones come in between. */
const spacingMs = 50;

/**
 * Another epoch is in force: no release is callable on what was found under an earlier one, and all of them are drawn
 * again, those with most calls first.
 */
export async function recheckReleases(
  ctx: Pick<HubContext, 'clock'>,
  tx: Transaction<Schema>,
  at: number,
  policy: Policy,
): Promise<void> {
  const asked: { release: Digest; calls: number }[] = [];
  for (let after = ''; ; ) {
    const rows = await tx
      .selectFrom('release_state')
      .select(['digest', 'state'])
      .where('digest', '>', after as Digest)
      .orderBy('digest')
      .limit(releasesAtOnce)
      .execute();
    const states = rows.map((row) => ({ digest: row.digest, state: readJson(row.state) }));
    await sql`
      update release_state set callable_until = given.callable_until
      from unnest(
        ${states.map(({ digest }) => digest)}::text[],
        ${states.map(({ state }) => callableUntil(state, at, policy.epoch))}::bigint[]
      ) as given (digest, callable_until) where release_state.digest = given.digest`.execute(tx);
    const byDigest = new Map(states.map(({ digest, state }) => [digest, state]));
    await writeReleaseStages(tx, byDigest, { at, epoch: policy.epoch });
    for (const { digest, state } of states)
      if (state.panel && state.panel.epoch !== policy.epoch)
        asked.push({ release: digest, calls: state.calls.recentGood + state.calls.recentFailed });
    const last = rows.at(-1);
    if (!last || rows.length < releasesAtOnce) break;
    after = last.digest;
  }
  const byDemand = asked.sort((a, b) => b.calls - a.calls).map(({ release }) => release);
  await wakeSteps(ctx, tx, byDemand, ['draw'], spacingMs);
  await sql`insert into outbox (topic, subject) select 'release', unnest(${byDemand}::text[])`.execute(tx);
}
