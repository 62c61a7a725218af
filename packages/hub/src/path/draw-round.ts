import {
  type Address,
  decideRound,
  isSeed,
  type Panel,
  type Statement,
  signStatement,
  unknownNetwork,
} from '@callable/protocol';
import type { HubContext } from '../context.ts';
import type { NewJob } from '../jobs/enqueue-job.ts';
import { hashNetwork } from '../nodes/hash-network.ts';
import { listSpentNetworks } from '../nodes/recomputation-cost.ts';
import type { FoundRelease } from '../releases/find-release.ts';
import { chooseSeats, type Seats } from './choose-seats.ts';
import type { Field } from './draw-field.ts';
import { explainTrouble } from './explain-trouble.ts';
import { askAgainAt } from './list-accidents.ts';
import type { JobOutcome } from './settle-job.ts';
import { stateBlocked } from './state-blocked.ts';

type Drawing = Pick<HubContext, 'db' | 'clock' | 'random' | 'rules' | 'key'>;
type Jobs = Omit<NewJob, 'release'>[];

const lookAgainMs = 30_000;
/** Seeds that contradict each other are asked again this often: until then the operator may have named others. */
const seedsDisagreeMs = 600_000;
/** So many seeds of different operators recompute what a panel disagrees on, where there are as many. */
const mostRecomputing = 2;

/**
 * Where seeds are named: begins a round with a seed in it, waits for it, has a seed recompute where the words of the panel
 * disagree, and begins another one when the seed has gone or when a verdict is to be renewed. Seats of others are not
 * waited for and not filled again: nothing hangs on them.
 */
export async function drawRound(ctx: Drawing, release: FoundRelease, field: Field): Promise<JobOutcome> {
  const { policy } = ctx.rules;
  const panel = release.state.panel?.epoch === policy.epoch ? release.state.panel : null;
  const decision = panel?.round && !panel.round.open ? decideRound(release.state, panel.round, policy) : null;
  // The operator has named others: with the next word of a seed that stays it is settled who has lied.
  const isUnsettled = decision?.by === 'recomputation' && release.state.tracks.Verified.reason === 'SeedsDisagree';
  if (panel && isUnsettled) return waitFor(ctx, release, recompute(ctx, panel, field, 'SeedsDisagree'), lookAgainMs);
  if (!panel || !decision || decision.by !== null) return beginRound(ctx, release, field);
  if (decision.why === 'ValidatorsDisagree' || decision.why === 'SeedsDisagree') {
    const againMs = decision.why === 'SeedsDisagree' ? seedsDisagreeMs : lookAgainMs;
    return waitFor(ctx, release, recompute(ctx, panel, field, decision.why), againMs);
  }
  return waitForSeed(ctx, release, panel, field);
}

/** Whether a round waits for a recomputation, however its condition stands meanwhile. */
export function waitsForRecomputation(ctx: Pick<HubContext, 'rules'>, { state }: Pick<FoundRelease, 'state'>): boolean {
  const round = state.panel?.round;
  if (!round || round.open || state.panel?.epoch !== ctx.rules.policy.epoch) return false;
  const decision = decideRound(state, round, ctx.rules.policy);
  return decision.by === null && (decision.why === 'ValidatorsDisagree' || decision.why === 'SeedsDisagree');
}

const waitFor = (ctx: Drawing, release: FoundRelease, enqueue: Jobs, ms: number, statements: Statement[] = []) => ({
  ...{ reports: release.state.reports, statements, enqueue },
  againAt: ctx.clock() + ms,
});

/** Another seed than the one in the panel first: whoever has run it already would say the same. */
function recompute(ctx: Drawing, { round }: Panel, { eligible }: Field, why: string): Jobs {
  const { policy } = ctx.rules;
  const seeds = eligible.filter(({ address, state }) => isSeed(address, state, policy));
  const operators = new Set<string>();
  const byOperator = [...seeds]
    .sort((a, b) => Number(round?.seeds.includes(a.address)) - Number(round?.seeds.includes(b.address)))
    .filter(({ operator }) => !operators.has(operator) && operators.add(operator))
    .slice(0, mostRecomputing);
  return byOperator
    .filter(({ address }) => why === 'SeedsDisagree' || !round?.recomputed[address])
    .map(({ address }) => ({ step: 'recompute', assignee: address }));
}

function waitForSeed(
  ctx: Drawing,
  release: FoundRelease,
  panel: Panel,
  field: Field,
): Promise<JobOutcome> | JobOutcome {
  const { state } = release;
  const [seed] = panel.round?.seeds ?? [];
  const isLate = panel.revealed && (seed === undefined || state.commitments[seed] === undefined);
  const isHere = seed !== undefined && field.eligible.some(({ address }) => address === seed);
  const trouble = seed === undefined ? undefined : field.troubles.get(seed);
  const { policy } = ctx.rules;
  const hasAnother = field.eligible.some((node) => node.address !== seed && isSeed(node.address, node.state, policy));
  if (isLate || ((!isHere || trouble?.isLasting) && hasAnother)) return beginRound(ctx, release, field);
  if (!isHere) return awaitSeed(ctx, release);
  const waiting = panel.validators.filter((node) => state.reports[node]?.round !== panel.round?.id);
  const enqueue = waiting.map((assignee) => ({ step: 'validate' as const, assignee }));
  const statements = trouble?.isLasting ? stateTrouble(ctx, release, explainTrouble(trouble)) : [];
  return waitFor(ctx, release, enqueue, lookAgainMs, statements);
}

async function beginRound(ctx: Drawing, release: FoundRelease, field: Field): Promise<JobOutcome> {
  const spent = await listSpentNetworks(ctx);
  const eligible = field.eligible.filter(
    ({ address, network, state }) => isSeed(address, state, ctx.rules.policy) || !spent.has(network ?? unknownNetwork),
  );
  const seats = chooseSeats(ctx, eligible, (node) => field.troubles.get(node)?.isLasting === true);
  if (!seats) return awaitSeed(ctx, release);
  const runAt = askAgainAt(release, field.accidents, seats.seed.address);
  if (runAt !== null && runAt > ctx.clock()) return waitFor(ctx, release, [], runAt - ctx.clock());
  const { statement, enqueue } = stateDraw(ctx, release, seats);
  return waitFor(ctx, release, enqueue, lookAgainMs, [statement]);
}

/** The draw as a statement, and the tasks it makes. */
export function stateDraw(
  ctx: Pick<HubContext, 'clock' | 'rules' | 'key'>,
  release: FoundRelease,
  { seed, others }: Seats,
): { statement: Statement; enqueue: Jobs } {
  const nodes = [seed, ...others];
  const validators = nodes.map(({ address }) => address);
  const { quorum, ...policy } = { ...ctx.rules.policy.validators, epoch: ctx.rules.policy.epoch };
  const body = {
    ...{ validators, quorum: Math.min(quorum, validators.length), epoch: policy.epoch },
    networks: nodes.map(({ network }) => hashNetwork(ctx, network)),
    publisherNetwork: hashNetwork(ctx, release.network),
    ...(validators.length > 1 ? { sealed: true } : {}),
  };
  const fact = { kind: 'release.drawn', subject: release.digest, body, issuedAt: ctx.clock() };
  const enqueue = validators.map((assignee: Address) => ({ step: 'validate' as const, assignee }));
  return { statement: signStatement(fact, ctx.key), enqueue };
}

/** Newcomers alone decide nothing, so none is asked before a seed is there. */
const awaitSeed = (ctx: Drawing, release: FoundRelease): JobOutcome =>
  waitFor(ctx, release, [], lookAgainMs, stateTrouble(ctx, release, awaitingSeed));
const awaitingSeed = {
  reason: 'AwaitingSeed',
  message: 'No node of an operator that the policy names as a seed, and that may verify this release, is connected.',
};

/** What holds until it grows old is not taken back because nobody can renew it. */
function stateTrouble(ctx: Drawing, release: FoundRelease, finding: { reason: string; message: string }): Statement[] {
  const { Verified } = release.state.tracks;
  const holds = Verified.status === 'True' && ctx.clock() < (Verified.expiresAt ?? 0);
  return holds ? [] : stateBlocked(ctx, release, 'Unknown', finding);
}
