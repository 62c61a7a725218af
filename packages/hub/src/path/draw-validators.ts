import {
  type Address,
  abilitiesOf,
  type Digest,
  firstAbilities,
  isOpenNetwork,
  isSeed,
  missingAbilities,
  type Panel,
  type Statement,
  signStatement,
} from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { NewJob } from '../jobs/enqueue-job.ts';
import type { LeasedJob } from '../jobs/leased-job.ts';
import { dropHidden } from '../nodes/drop-hidden.ts';
import { findParties, type Parties } from '../nodes/find-parties.ts';
import { type ConnectedNode, listConnectedNodes } from '../nodes/list-connected-nodes.ts';
import { shuffle } from '../nodes/shuffle.ts';
import { idleAfterMs, idleFor } from '../queue/idle-for.ts';
import { type FoundRelease, findRelease } from '../releases/find-release.ts';
import type { Field } from './draw-field.ts';
import { drawRound, waitsForRecomputation } from './draw-round.ts';
import { explainTrouble } from './explain-trouble.ts';
import { askAgainAt, listAccidents, mayRepeat } from './list-accidents.ts';
import { listTroubles, type Trouble } from './list-troubles.ts';
import type { JobOutcome } from './settle-job.ts';
import { stateBlocked } from './state-blocked.ts';
import { lifeMs, renewalMs } from './verdict-life.ts';

const lookAgainMs = 30_000;
const dayMs = 24 * 3600_000;

type Drawing = Pick<HubContext, 'clock' | 'random' | 'rules' | 'key'>;

/**
 * Chooses who shall verify a release: nodes drawn at random by the hub, never the publisher's own, never two of one
 * party, never by their own choice. More than one of them report in a sealed round, so that nobody copies. Looks again
 * until the panel has decided, and replaces those who have gone or who cannot do it. A verdict is renewed before it
 * grows old.
 */
export async function drawValidators(
  ctx: Pick<HubContext, 'db'> & Drawing,
  job: Pick<LeasedJob, 'release'>,
): Promise<JobOutcome> {
  const release = await findRelease(ctx, job.release);
  const { Verified } = release.state.tracks;
  const isCurrent = release.state.panel?.epoch === ctx.rules.policy.epoch;
  const renewAt = await findRenewal(ctx, release);
  const isClosed = !isOpenNetwork(ctx.rules.policy);
  // A panel of before, without a seed, is drawn again when somebody calls for it; until then its word stands.
  const isSettled = !isClosed || release.state.panel?.round?.open === false;
  const isAsked = isClosed && waitsForRecomputation(ctx, release);
  if (isCurrent && isSettled && !isAsked && Verified.status === 'True' && renewAt > ctx.clock())
    return { statements: [], enqueue: [{ step: 'probe' }], againAt: renewAt };
  const accidents = await listAccidents(ctx, release);
  if (isCurrent && isSettled && Verified.status === 'False' && hasDecided(release) && !mayRepeat(release, accidents))
    return { statements: [], enqueue: [], againAt: null };

  const connected = await listConnectedNodes(ctx);
  const before = release.state.panel?.validators ?? [];
  const parties = await findParties(ctx, release.publisher, [...connected.map(({ address }) => address), ...before]);
  const isItsOwn = ({ address, state }: ConnectedNode) =>
    isClosed && isSeed(address, state, ctx.rules.policy)
      ? parties.actsForPublisher(address)
      : parties.isOfPublisher(address);
  const others = connected.filter((node) => !isItsOwn(node));
  const able = others.filter((node) => understands(node, release));
  if (able.length === 0 && !isForAnybody(release, others)) return waitForAbility(ctx, release);
  const eligible = able.filter((node) => fits(node, release));
  if (eligible.length === 0) return waitForNodes(ctx, release, able);
  const [troubles, busy] = [await listTroubles(ctx, job.release), await listBusy(ctx, job.release)];
  if (isClosed) return drawRound(ctx, release, { eligible, parties, troubles, busy, accidents });
  return drawPanel(ctx, release, { eligible, parties, troubles, busy, accidents });
}

async function listBusy(ctx: Pick<HubContext, 'db'>, release: Digest): Promise<Set<Address>> {
  const rows = await ctx.db
    .selectFrom('job')
    .select('assignee')
    .where('release', '=', release)
    .where('step', '=', 'validate')
    .where('state', '=', 'leased')
    .execute();
  return new Set(rows.map((row) => row.assignee as Address));
}

/**
 * When a verdict is renewed: before it grows old while the release is called. An idle one is let grow old, which its
 * condition says, and is verified again later, or as soon as somebody calls it or asks how it stands.
 */
async function findRenewal(ctx: Pick<HubContext, 'db'> & Drawing, release: FoundRelease): Promise<number> {
  const endsAt = release.state.tracks.Verified.expiresAt ?? 0;
  const idleMs = await idleFor(ctx, release);
  return idleMs < idleAfterMs || ctx.clock() >= endsAt
    ? endsAt - renewalMs(ctx)
    : endsAt + Math.min(idleMs, lifeMs(ctx));
}

/** Whether it is False because the panel said so, and not because no node was there that fits. */
const hasDecided = ({ state }: FoundRelease) =>
  state.tracks.Verified.evidence.some((id) => Object.values(state.reports).some((report) => report.statement === id));

const needs = (release: FoundRelease) => readJson(release.manifest).needs.memoryBytes;
const understands = ({ announcement }: ConnectedNode, release: FoundRelease) =>
  missingAbilities(readJson(release.manifest), announcement?.abilities ?? firstAbilities).length === 0;
/** Nobody is connected, and the first node to come will do. */
const isForAnybody = (release: FoundRelease, others: readonly ConnectedNode[]) =>
  others.length === 0 && missingAbilities(readJson(release.manifest), firstAbilities).length === 0;
const fits = (node: ConnectedNode, release: FoundRelease) => node.memoryBytes >= needs(release);

function drawPanel(ctx: Drawing, release: FoundRelease, field: Field): JobOutcome {
  const { policy } = ctx.rules;
  const panel = release.state.panel?.epoch === policy.epoch ? release.state.panel : null;
  const againAt = (validator: Address) => askAgainAt(release, field.accidents, validator);
  const isFresh = (validator: Address) => {
    const report = panel ? release.state.reports[validator] : undefined;
    return (
      report !== undefined && againAt(validator) === null && ctx.clock() < report.at + lifeMs(ctx) - renewalMs(ctx)
    );
  };
  const hasFailed = (validator: Address) =>
    againAt(validator) !== null || field.troubles.get(validator)?.isLasting === true;
  const validators = choose(ctx, panel?.validators ?? [], { isFresh, hasFailed }, field);
  const waiting = validators.filter((validator) => !isFresh(validator));
  const goesOn = panel && isSame(panel.validators, validators) && !isSpent(release, panel, waiting, field);
  return {
    reports: release.state.reports,
    statements: [
      ...(goesOn ? [] : [drawn(ctx, release, validators)]),
      ...blockedBy(ctx, release, waiting, field.troubles),
    ],
    enqueue: waiting.map((assignee): Omit<NewJob, 'release'> => {
      const runAt = againAt(assignee);
      return { step: 'validate', assignee, ...(runAt === null ? {} : { runAt: Math.max(runAt, ctx.clock()) }) };
    }),
    againAt: ctx.clock() + lookAgainMs,
  };
}

/** Its reports have been shown, so nobody can commit in this round any more, and somebody who is needed has not. */
function isSpent({ state }: FoundRelease, panel: Panel, waiting: readonly Address[], { busy }: Field): boolean {
  const mayStillOpen = waiting.some((validator) => state.commitments[validator] !== undefined && busy.has(validator));
  return panel.sealed && panel.revealed && waiting.length > 0 && !mayStillOpen;
}

/** Who reported stays; then come those asked already, then others; last, for want of better, who has failed at it. */
function choose(
  ctx: Drawing,
  before: readonly Address[],
  { isFresh, hasFailed }: Record<'isFresh' | 'hasFailed', (validator: Address) => boolean>,
  { eligible, parties }: Field,
): Address[] {
  const present = eligible.map((node) => node.address);
  const rank = (validator: Address) => {
    if (isFresh(validator) && before.includes(validator)) return 0;
    if (hasFailed(validator)) return before.includes(validator) ? 3 : 4;
    return before.includes(validator) ? 1 : 2;
  };
  const candidates = [
    ...before.filter(
      (validator) => present.includes(validator) || (isFresh(validator) && !parties.isOfPublisher(validator)),
    ),
    ...shuffle(present, ctx.random).filter((validator) => !before.includes(validator)),
  ];
  const speakers = candidates.filter((validator) => rank(validator) < 3);
  const best = dropHidden(candidates, parties, speakers).sort((a, b) => rank(a) - rank(b));
  return oneOfEachParty(best, parties).slice(0, ctx.rules.policy.validators.draw);
}

function oneOfEachParty(nodes: readonly Address[], { marksOf }: Parties): Address[] {
  const taken = new Set<string>();
  return nodes.filter((node) => {
    const marks = marksOf(node);
    if (marks.some((mark) => taken.has(mark))) return false;
    for (const mark of marks) taken.add(mark);
    return true;
  });
}

const isSame = (before: readonly Address[], now: readonly Address[]) =>
  before.length === now.length && now.every((validator) => before.includes(validator));

function drawn(ctx: Drawing, release: FoundRelease, validators: readonly Address[]): Statement {
  const { policy } = ctx.rules;
  const quorum = Math.min(policy.validators.quorum, validators.length);
  const body = { validators, quorum, epoch: policy.epoch, ...(validators.length > 1 ? { sealed: true } : {}) };
  return signStatement({ kind: 'release.drawn', subject: release.digest, body, issuedAt: ctx.clock() }, ctx.key);
}

/** Everybody who is still asked has failed at it: the condition says why instead of waiting in silence. */
function blockedBy(
  ctx: Drawing,
  release: FoundRelease,
  waiting: readonly Address[],
  troubles: ReadonlyMap<Address, Trouble>,
): Statement[] {
  const [first] = waiting;
  const trouble = first === undefined ? undefined : troubles.get(first);
  // What holds until the last report grows old is not taken back by somebody who cannot renew it.
  const holds = release.state.tracks.Verified.status === 'True';
  if (!trouble || holds || !waiting.every((validator) => troubles.get(validator)?.isLasting)) return [];
  return stateBlocked(ctx, release, 'Unknown', explainTrouble(trouble));
}

function waitForNodes(ctx: Drawing, release: FoundRelease, others: readonly ConnectedNode[]): JobOutcome {
  const largest = Math.max(0, ...others.map((node) => node.memoryBytes));
  const { Verified } = release.state.tracks;
  const message = `The release needs ${needs(release)} bytes of memory; the largest connected node has ${largest}.`;
  const statements =
    Verified.status === 'True' && ctx.clock() < (Verified.expiresAt ?? 0)
      ? []
      : others.length === 0
        ? stateBlocked(ctx, release, 'Unknown', {
            reason: 'AwaitingValidators',
            message: 'No node that may verify this release is connected.',
          })
        : stateBlocked(ctx, release, 'False', { reason: 'NoNodeFits', message });
  return { statements, enqueue: [], againAt: ctx.clock() + lookAgainMs };
}

/** Said at once, and looked at again ever more seldom: a node that can may come. */
function waitForAbility(ctx: Drawing, release: FoundRelease): JobOutcome {
  const { Verified } = release.state.tracks;
  const message = `No connected node understands all that this release asks for: ${abilitiesOf(readJson(release.manifest)).join(', ')}.`;
  const statements =
    Verified.status === 'True' && ctx.clock() < (Verified.expiresAt ?? 0)
      ? []
      : stateBlocked(ctx, release, 'False', { reason: 'UnsupportedFormat', message });
  const waitedMs = Verified.reason === 'UnsupportedFormat' ? ctx.clock() - Verified.since : 0;
  return { statements, enqueue: [], againAt: ctx.clock() + Math.min(dayMs, Math.max(lookAgainMs, waitedMs)) };
}
