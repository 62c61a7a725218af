import { type Address, isSeed } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { findNodeStates } from '../fold/find-node-states.ts';
import type { LeasedJob } from '../jobs/leased-job.ts';

/**
 * What a node of ours allows itself at most (loading twice 120 s, sixteen vectors of 60 s, a minute of checks) and ten
 * minutes more, milliseconds.
 */
export const longestWorkMs = 32 * 60_000;
/** Loading, checks and one vector of a small model take seconds; a busy machine takes this long. */
const shortestWorkMs = 120_000;
const perVectorMs = 20_000;
/** Fetching comes on top of that; whoever is slower is drawn in vain. */
const slowestBytesPerMs = 512;

/**
 * Whether a task has been held under one lease for longer than it can take. Held seats delay a small release for two
 * minutes, not for the half hour that the largest may need. A seed is waited for: without it nothing is decided.
 */
export async function isOverdue(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>,
  { leased_at, release, assignee }: Pick<LeasedJob, 'leased_at' | 'release' | 'assignee'>,
): Promise<boolean> {
  const heldMs = ctx.clock() - (leased_at ?? ctx.clock());
  if (heldMs <= shortestWorkMs) return false;
  const row = await ctx.db
    .selectFrom('release')
    .select(['bytes', 'manifest'])
    .where('digest', '=', release)
    .executeTakeFirst();
  const fetchMs = (row?.bytes ?? 0) / slowestBytesPerMs;
  const vectors = row ? readJson(row.manifest).vectors.length : 0;
  const workMs = Math.min(longestWorkMs, shortestWorkMs + vectors * perVectorMs);
  return heldMs > fetchMs + ((await isOfSeed(ctx, assignee as Address)) ? longestWorkMs : workMs);
}

async function isOfSeed(ctx: Pick<HubContext, 'db' | 'rules'>, node: Address): Promise<boolean> {
  const state = (await findNodeStates(ctx.db, [node])).get(node);
  return isSeed(node, { operator: state?.operator ?? node }, ctx.rules.policy);
}
