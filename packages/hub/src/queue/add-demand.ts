import type { Digest } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { demandHalfLifeMs } from '../jobs/place-jobs.ts';

/** Remembers that strangers called a release so often, good or failed; older calls fade. */
export async function addDemand(
  ctx: Pick<HubContext, 'clock'>,
  tx: Transaction<Schema>,
  release: Digest,
  { calls, calledAt }: { calls: number; calledAt: number },
): Promise<void> {
  if (calls === 0) return;
  const now = ctx.clock();
  await sql`
    insert into demand (release, calls, counted_at, called_at) values (${release}, ${calls}, ${now}, ${calledAt})
    on conflict (release) do update set
      calls = excluded.calls
        + demand.calls * power(0.5, greatest(0, ${now}::bigint - demand.counted_at) / ${demandHalfLifeMs}::float8),
      counted_at = excluded.counted_at, called_at = greatest(demand.called_at, excluded.called_at)`.execute(tx);
}
