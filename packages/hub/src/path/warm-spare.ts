import type { Address } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { listConnectedNodes } from '../nodes/list-connected-nodes.ts';
import { idleAfterMs } from '../queue/idle-for.ts';
import type { FoundRelease } from '../releases/find-release.ts';
import { distance } from '../warming/choose-warmers.ts';
import type { JobOutcome } from './settle-job.ts';

/** One that answers and one that answers when it dies; each more would take disk of other releases. */
const copies = 2;

/**
 * Has a second node of the hub's own fetch what is callable. They are one voice, so only one is drawn: without this nobody
 * else holds the release when that one dies, and calls fail until a probe finds out. Strangers' disks are not the hub's to fill.
 */
export async function warmSpare(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>,
  release: FoundRelease,
  idleMs: number,
): Promise<JobOutcome['enqueue']> {
  // What nobody calls is not fetched again and again onto disks that drop it.
  if (idleMs >= idleAfterMs) return [];
  const own = (await listConnectedNodes(ctx)).filter(({ operator }) => operator === ctx.rules.hub);
  if (own.length < 2) return [];
  const held = await listOwnHoldings(
    ctx,
    release,
    own.map(({ address }) => address),
  );
  const lacking = copies - [...held.values()].filter((state) => state !== 'quarantined').length;
  if (lacking <= 0) return [];
  const needed = readJson(release.manifest).needs.memoryBytes;
  return own
    .filter(({ address, memoryBytes }) => !held.has(address) && memoryBytes >= needed)
    .sort((a, b) => distance(a.address, release.digest) - distance(b.address, release.digest))
    .slice(0, lacking)
    .map(({ address }) => ({ step: 'warm' as const, assignee: address }));
}

async function listOwnHoldings(
  { db }: Pick<HubContext, 'db'>,
  { digest }: FoundRelease,
  nodes: readonly Address[],
): Promise<Map<Address, string>> {
  const rows = await db
    .selectFrom('node_holding')
    .select(['node', 'state'])
    .where('release', '=', digest)
    .where('node', 'in', nodes)
    .execute();
  return new Map(rows.map(({ node, state }) => [node as Address, state]));
}
