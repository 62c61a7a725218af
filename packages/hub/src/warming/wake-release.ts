import { type Address, addressOf, CallableError, type Digest, type WakeEstimate } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { enqueueJob } from '../jobs/enqueue-job.ts';
import { averageDurations } from '../queue/average-durations.ts';
import { findRelease } from '../releases/find-release.ts';
import { chooseWarmers } from './choose-warmers.ts';
import { estimateWake } from './estimate-wake.ts';

/**
 * Has nodes fetch a release for which a gateway has callers, and says when it is reckoned to answer. Asked again while they are at
 * it, it asks nobody else. Throws SignerNotAllowed, ReleaseNotFound, and NotCallable for what was not found good.
 */
export async function wakeRelease(
  ctx: Pick<HubContext, 'db' | 'config' | 'key' | 'clock' | 'changes'>,
  gateway: Address,
  digest: Digest,
): Promise<WakeEstimate> {
  if (gateway !== addressOf(ctx.key) && !ctx.config.trustedGateways.includes(gateway))
    throw new CallableError('SignerNotAllowed', `${gateway} is not a gateway this hub wakes releases for.`);
  const release = await findRelease(ctx, digest);
  const { Stored, Verified } = release.state.tracks;
  // attack: whoever publishes what does not work has it fetched by every node, call by call.
  if (Stored.status !== 'True' || Verified.status !== 'True')
    throw new CallableError('NotCallable', 'Only what is stored and verified is fetched for callers.', {
      details: { release: digest },
    });
  const underWay = await listWarming(ctx, digest);
  const asked = underWay.length > 0 ? underWay : await askNodes(ctx, release);
  const average = (await averageDurations(ctx)).get('warm') ?? null;
  const waiting = asked.length > 0 ? await countBefore(ctx, asked) : 0;
  return { nodes: asked.length, ...estimateWake(readJson(release.manifest), { average, waiting }) };
}

/** Nodes that are fetching it already, or are about to. */
async function listWarming({ db, clock }: Pick<HubContext, 'db' | 'clock'>, release: Digest): Promise<Address[]> {
  const rows = await db
    .selectFrom('job')
    .select('assignee')
    .where('release', '=', release)
    .where('step', '=', 'warm')
    .where((or) =>
      or.or([or('state', '=', 'leased'), or.and([or('state', '=', 'ready'), or('run_at', '<=', clock())])]),
    )
    .execute();
  return rows.map(({ assignee }) => assignee as Address);
}

async function askNodes(
  ctx: Pick<HubContext, 'db' | 'clock' | 'changes'>,
  release: Awaited<ReturnType<typeof findRelease>>,
): Promise<Address[]> {
  const nodes = (await chooseWarmers(ctx, release)).map(({ address }) => address);
  if (nodes.length === 0) return [];
  await ctx.db.transaction().execute(async (tx) => {
    for (const assignee of nodes) await enqueueJob(ctx, tx, { release: release.digest, step: 'warm', assignee });
  });
  for (const subject of nodes) ctx.changes.emit({ topic: 'job', subject });
  return nodes;
}

/** What waits at the node that has least to do. */
async function countBefore(
  { db, clock }: Pick<HubContext, 'db' | 'clock'>,
  nodes: readonly Address[],
): Promise<number> {
  const rows = await db
    .selectFrom('job')
    .select(['assignee', (select) => select.fn.countAll<string>().as('count')])
    .where('assignee', 'in', nodes)
    .where('state', '=', 'ready')
    .where('run_at', '<=', clock())
    .groupBy('assignee')
    .execute();
  const counts = new Map(rows.map(({ assignee, count }) => [assignee, Number(count)]));
  // Its own task is among them.
  return Math.max(0, Math.min(...nodes.map((node) => counts.get(node) ?? 0)) - 1);
}
