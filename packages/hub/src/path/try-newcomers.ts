import {
  type Digest,
  decideRound,
  firstAbilities,
  isOpenNetwork,
  missingAbilities,
  standingOf,
} from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { appendStatement, lockLog } from '../fold/append-statement.ts';
import { findReleaseState } from '../fold/find-release-state.ts';
import { enqueueJob } from '../jobs/enqueue-job.ts';
import { findParties } from '../nodes/find-parties.ts';
import { type ConnectedNode, listConnectedNodes } from '../nodes/list-connected-nodes.ts';
import { listSpentNetworks } from '../nodes/recomputation-cost.ts';
import { type FoundRelease, findRelease } from '../releases/find-release.ts';
import { chooseSeats } from './choose-seats.ts';
import { stateDraw } from './draw-round.ts';

type TrialContext = Pick<HubContext, 'db' | 'clock' | 'random' | 'rules' | 'key' | 'config' | 'changes'>;

/** How many releases are looked at for one that suits. */
const looked = 20;

/**
 * Begins a round on a release whose verdict stands, for newcomers to be compared in: a quiet hub would else let nobody in.
 * One seed runs it once for newcomers of several networks, and the verdict holds meanwhile. One round in `trialEveryMs`
 * at most, draws for other reasons included, because newcomers sit in those too. Returns the release.
 */
export async function tryNewcomers(ctx: TrialContext): Promise<Digest | null> {
  const { policy } = ctx.rules;
  if (isOpenNetwork(policy) || (await wasDrawnLately(ctx))) return null;
  const spent = await listSpentNetworks(ctx);
  const connected = (await listConnectedNodes(ctx)).filter(({ network }) => !spent.has(network ?? ''));
  const isNewcomer = ({ address, state }: ConnectedNode) =>
    standingOf(address, state, ctx.clock(), policy) === 'newcomer';
  if (!connected.some(isNewcomer)) return null;
  const rows = await ctx.db
    .selectFrom('release')
    .innerJoin('release_state', 'release_state.digest', 'release.digest')
    .select('release.digest')
    .where('callable_until', '>', ctx.clock())
    .where('yanked', '=', false)
    .orderBy(sql`random()`)
    .limit(looked)
    .execute();
  const found = await Promise.all(rows.map(({ digest }) => findRelease(ctx, digest)));
  for (const release of found.sort((a, b) => a.bytes - b.bytes))
    if (await tryOn(ctx, release, connected, isNewcomer)) return release.digest;
  return null;
}

async function wasDrawnLately(ctx: Pick<HubContext, 'db' | 'clock' | 'config'>): Promise<boolean> {
  const last = await ctx.db
    .selectFrom('statement')
    .select('logged_at')
    .where('kind', '=', 'release.drawn')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last !== undefined && ctx.clock() - last.logged_at < ctx.config.limits.trialEveryMs;
}

async function tryOn(
  ctx: TrialContext,
  release: FoundRelease,
  connected: readonly ConnectedNode[],
  isNewcomer: (node: ConnectedNode) => boolean,
): Promise<boolean> {
  const manifest = readJson(release.manifest);
  const parties = await findParties(
    ctx,
    release.publisher,
    connected.map(({ address }) => address),
  );
  const fitting = connected.filter(
    (node) =>
      (isNewcomer(node) ? !parties.isOfPublisher(node.address) : !parties.actsForPublisher(node.address)) &&
      node.memoryBytes >= manifest.needs.memoryBytes &&
      missingAbilities(manifest, node.announcement?.abilities ?? firstAbilities).length === 0,
  );
  const seats = chooseSeats(ctx, fitting, () => false);
  const others = seats?.others.filter(isNewcomer) ?? [];
  if (!seats || others.length === 0) return false;
  const { statement, enqueue } = stateDraw(ctx, release, { seed: seats.seed, others });
  const isBegun = await ctx.db.transaction().execute(async (tx) => {
    await lockLog(tx);
    const state = await findReleaseState(tx, release.digest);
    const round = state?.panel?.round;
    // Another round is under way, or another process was faster.
    if (!state || (round && !round.open && decideRound(state, round, ctx.rules.policy).by === null)) return false;
    await appendStatement(ctx, tx, statement);
    for (const job of enqueue) await enqueueJob(ctx, tx, { ...job, release: release.digest });
    return true;
  });
  if (isBegun) ctx.changes.emit({ topic: 'outbox', subject: '' });
  return isBegun;
}
