import type { Address, Digest } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { enqueueJob } from '../jobs/enqueue-job.ts';
import { connectedForMs } from '../nodes/list-connected-nodes.ts';
import { selectRelease } from '../releases/find-release.ts';
import { chooseWarmers } from './choose-warmers.ts';

/** Called this lately, a release will be called again before a probe finds it gone. */
const wantedMs = 3600_000;
/** attack: a node that holds everything and leaves again and again would have everything fetched each time. */
const mostAtOnce = 100;

/**
 * A node leaves: what was called lately and no other connected node holds is fetched by one that stays, before somebody calls
 * it. Returns how many releases that were.
 */
export async function handOver(ctx: Pick<HubContext, 'db' | 'clock' | 'changes'>, node: Address): Promise<number> {
  const heirs: { release: Digest; assignee: Address }[] = [];
  for (const release of await listLeft(ctx, node)) {
    const row = await selectRelease(ctx, release).executeTakeFirst();
    const [heir] = row ? await chooseWarmers(ctx, row, 1) : [];
    if (heir) heirs.push({ release, assignee: heir.address });
  }
  if (heirs.length === 0) return 0;
  await ctx.db.transaction().execute(async (tx) => {
    for (const heir of heirs) await enqueueJob(ctx, tx, { ...heir, step: 'warm' });
  });
  for (const { assignee } of heirs) ctx.changes.emit({ topic: 'job', subject: assignee });
  return heirs.length;
}

/** What only this node holds, of those that are connected; what was called last comes first. */
async function listLeft({ db, clock }: Pick<HubContext, 'db' | 'clock'>, node: Address): Promise<Digest[]> {
  const now = clock();
  const { rows } = await sql<{ release: Digest }>`
    select held.release from node_holding held
    join demand on demand.release = held.release and demand.called_at > ${now - wantedMs}
    where held.node = ${node} and held.state <> 'quarantined' and not exists (
      select from node_holding other join node on node.address = other.node
      where other.release = held.release and other.node <> ${node} and other.state <> 'quarantined'
        and node.last_seen_at > ${now - connectedForMs})
    order by demand.called_at desc limit ${mostAtOnce}`.execute(db);
  return rows.map(({ release }) => release);
}
