import {
  conditionsAt,
  type Digest,
  dayMs,
  dayOf,
  failingCondition,
  formatReleaseRef,
  type WantedList,
} from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { readState, selectRelease } from '../releases/find-release.ts';

/**
 * Releases that cannot be called now and were asked for in these days, by the networks that asked. One network alone is none: the
 * hub's own probes ask like everybody.
 */
export async function listWanted(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>,
  { days, limit }: { days: number; limit: number },
): Promise<WantedList> {
  const now = ctx.clock();
  const today = dayOf(now);
  const from = today - days + 1;
  const { rows } = await sql<{ digest: Digest; networks: number; calls: number }>`
    select 'sha256:' || encode(release, 'hex') as digest, sum(networks)::bigint as networks, sum(calls)::bigint as calls
    from usage_wanted join release_stage on release_stage.digest = 'sha256:' || encode(release, 'hex')
    where day >= ${from} and listed and reachable_until <= ${now}
    group by release having sum(networks) > 1 order by 2 desc, 3 desc, 1 limit ${limit}`.execute(ctx.db);
  const wanted: WantedList['wanted'] = [];
  for (const { digest, networks, calls } of rows) {
    const row = await selectRelease(ctx, digest).executeTakeFirst();
    const failing = row && failingCondition(conditionsAt(readState(row, row.state_text), now, ctx.rules));
    if (!row || !failing) continue;
    const { reason, message, next } = failing;
    const { memoryBytes } = readJson(row.manifest).needs;
    const reference = formatReleaseRef(row);
    wanted.push({ reference, digest, networks, calls, bytes: row.bytes, memoryBytes, reason, message, next });
  }
  return { from: from * dayMs, until: today * dayMs, wanted };
}
