import { ageTrack, formatReleaseRef, type Manifest, type Statement, signStatement } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { findNodeStates } from '../fold/find-node-states.ts';
import type { LeasedJob } from '../jobs/leased-job.ts';
import { idleFor, stretchPause } from '../queue/idle-for.ts';
import { type FoundRelease, findRelease } from '../releases/find-release.ts';
import { chooseWarmers } from '../warming/choose-warmers.ts';
import { callAsStranger, type ProbeFinding } from './call-as-stranger.ts';
import { isOwnFailure } from './is-own-failure.ts';
import { readVector } from './read-vector.ts';
import type { JobOutcome } from './settle-job.ts';
import { warmSpare } from './warm-spare.ts';

/**
 * Reachable: an ordinary call through a public gateway, with a vector of the release, by a key nobody has seen
 * before, so that a node cannot tell the probe from a caller and treat it better.
 */
export async function probeRelease(ctx: HubContext, job: LeasedJob, signal: AbortSignal): Promise<JobOutcome> {
  const release = await findRelease(ctx, job.release);
  const manifest = readJson(release.manifest);
  const finding = await probe(ctx, release, manifest, signal);
  // Its word counts no more; gateways skip it as soon as they have heard.
  if (await isByLiar(ctx, finding)) return { statements: [], enqueue: [], againAt: ctx.clock() + afterLiarMs };
  const idleMs = await idleFor(ctx, release);
  if (finding.own)
    return {
      statements: stateUnknown(ctx, release, finding),
      enqueue: [],
      againAt: ctx.clock() + ownPauseMs(ctx, release),
    };
  const body = { ok: finding.ok, reason: finding.reason, message: finding.message, ms: finding.ms, node: finding.node };
  const statement = signStatement(
    { kind: 'release.probed', subject: job.release, body, issuedAt: ctx.clock() },
    ctx.key,
  );
  return {
    statements: isNews(ctx, release, finding) ? [statement] : [],
    enqueue: finding.ok ? await warmSpare(ctx, release, idleMs) : await warmSomewhere(ctx, release, finding),
    againAt: ctx.clock() + pauseMs(ctx, release, finding, idleMs),
    answered: finding.ok,
  };
}

const allGatewaysMs = 30_000;
const afterLiarMs = 1000;
/** However idle a release is, it is probed this often. */
const longestIdleMs = 24 * 3600_000;

async function isByLiar(ctx: Pick<HubContext, 'db'>, { node }: ProbeFinding): Promise<boolean> {
  return node !== null && (await findNodeStates(ctx.db, [node])).get(node)?.convicted != null;
}

async function probe(
  ctx: HubContext,
  release: FoundRelease,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<ProbeFinding> {
  const vector = await readVector(ctx, manifest);
  if (!vector) return { ...nothing, reason: 'NoVectors', message: 'There is no vector to probe with.', own: false };
  // A yanked release answers only to those who name its digest.
  const { publisher, name, digest } = release;
  const reference = formatReleaseRef(release.state.notices.yanked ? { publisher, name, digest } : manifest);
  const until = ctx.clock() + allGatewaysMs;
  let last: ProbeFinding | null = null;
  for (const gateway of ctx.config.gateways) {
    // What was found so far is told in any case, however many gateways say nothing.
    if (last && ctx.clock() > until) break;
    const found = await callAsStranger(ctx, gateway, reference, manifest, vector, signal);
    if (found.ok) return found;
    // What one gateway found out counts before what another could not.
    if (!last || last.own) last = found;
  }
  return last ?? { ...nothing, reason: 'ProbeFailed', message: 'This hub knows no gateway.' };
}

const nothing = { ok: false, own: true, ms: 0, node: null };

/** Probes repeat every few seconds while something is wrong; the log needs only what changed, and a sign of life. */
function isNews(ctx: Pick<HubContext, 'clock' | 'rules'>, release: FoundRelease, finding: ProbeFinding): boolean {
  const { Reachable } = release.state.tracks;
  const status = finding.ok ? 'True' : 'False';
  const age = ctx.clock() - (Reachable.checkedAt ?? 0);
  return (
    Reachable.status !== status ||
    Reachable.reason !== finding.reason ||
    age > ctx.rules.policy.freshness.reachableSeconds * 400
  );
}

/**
 * A failure of the hub itself is no word on the release: what a probe found out stands until it is old, and then, or where
 * there is nothing yet, the condition is Unknown and says why.
 */
function stateUnknown(
  ctx: Pick<HubContext, 'clock' | 'key'>,
  release: FoundRelease,
  { reason, message }: ProbeFinding,
): Statement[] {
  const known = ageTrack(release.state.tracks.Reachable, ctx.clock());
  const isFound = known.status === 'True' || (known.status === 'False' && !isOwnFailure(known.reason));
  if (isFound || (known.status === 'Unknown' && known.reason === reason && known.message === message)) return [];
  const body = { condition: 'Reachable', status: 'Unknown', reason, message };
  return [signStatement({ kind: 'release.blocked', subject: release.digest, body, issuedAt: ctx.clock() }, ctx.key)];
}

/** Soon, then ever more seldom: by how long it has not been known, a minute at most. */
function ownPauseMs(ctx: Pick<HubContext, 'clock'>, release: FoundRelease): number {
  const { status, since } = ageTrack(release.state.tracks.Reachable, ctx.clock());
  const unknownForMs = status === 'Unknown' ? ctx.clock() - since : 0;
  return Math.min(60_000, Math.max(500, Math.ceil(unknownForMs / 4)));
}

/** What has just broken is tried again soon, however idle it is: somebody may be waiting for it. */
function pauseMs(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  release: FoundRelease,
  finding: ProbeFinding,
  idleMs: number,
): number {
  const { Reachable } = release.state.tracks;
  const stretch = (usualMs: number) => stretchPause(usualMs, idleMs, longestIdleMs);
  if (finding.ok) return stretch(ctx.rules.policy.freshness.reachableSeconds * 450);
  const failingForMs = Reachable.status === 'False' ? ctx.clock() - Reachable.since : 0;
  return Math.min(stretch(60_000), Math.max(500, Math.ceil(failingForMs / 4)));
}

/** Nobody who is connected holds the release: let two nodes fetch it. */
async function warmSomewhere(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  release: FoundRelease,
  finding: ProbeFinding,
): Promise<JobOutcome['enqueue']> {
  if (finding.reason !== 'NoNodeHoldsModel') return [];
  return (await chooseWarmers(ctx, release)).map(({ address }) => ({ step: 'warm' as const, assignee: address }));
}
