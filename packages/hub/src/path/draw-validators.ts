import { type Address, type Manifest, signStatement } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import type { LeasedJob } from '../jobs/lease-job.ts';
import type { JobOutcome } from '../jobs/settle-job.ts';
import { type ConnectedNode, listConnectedNodes } from '../nodes/list-connected-nodes.ts';
import { type FoundRelease, findRelease } from '../releases/find-release.ts';

const lookAgainMs = 30_000;

/**
 * Chooses who shall verify a release: nodes drawn at random by the hub, never the publisher's own, never by their
 * own choice. Looks again until the panel has decided, and replaces those who have gone.
 */
export async function drawValidators(
  ctx: Pick<HubContext, 'db' | 'clock' | 'random' | 'rules' | 'key'>,
  job: LeasedJob,
): Promise<JobOutcome> {
  const release = await findRelease(ctx, job.release);
  const { Verified } = release.state.tracks;
  const now = ctx.clock();
  if (Verified.status === 'True' && Verified.expiresAt !== null && Verified.expiresAt > now + lookAgainMs)
    return { statements: [], enqueue: [{ step: 'probe' }], againAt: Verified.expiresAt - dayMs };
  if (
    Verified.status === 'False' &&
    Verified.expiresAt === null &&
    release.state.panel?.epoch === ctx.rules.policy.epoch &&
    hasDecided(release)
  )
    return { statements: [], enqueue: [], againAt: null };

  const connected = await listConnectedNodes(ctx);
  const eligible = connected.filter((node) => node.address !== release.publisher && fits(node, release));
  if (eligible.length === 0) return waitForNodes(ctx, job, release, connected);
  return drawPanel(ctx, job, release, eligible);
}

const dayMs = 24 * 3600_000;

const hasDecided = (release: FoundRelease) => Object.keys(release.state.reports).length > 0;

const needs = (release: FoundRelease) => (JSON.parse(release.manifest) as Manifest).needs.memoryBytes;
const fits = (node: ConnectedNode, release: FoundRelease) => node.memoryBytes >= needs(release);

function drawPanel(
  ctx: Pick<HubContext, 'clock' | 'random' | 'rules' | 'key'>,
  job: LeasedJob,
  release: FoundRelease,
  eligible: readonly ConnectedNode[],
): JobOutcome {
  const { policy } = ctx.rules;
  const panel = release.state.panel?.epoch === policy.epoch ? release.state.panel : null;
  const present = new Set(eligible.map((node) => node.address));
  const fresh = (validator: Address) => {
    const report = release.state.reports[validator];
    return report !== undefined && ctx.clock() < report.at + policy.freshness.verifiedSeconds * 1000;
  };
  const kept = (panel?.validators ?? []).filter((validator) => fresh(validator) || present.has(validator));
  const others = shuffle(
    eligible.map((node) => node.address).filter((address) => !kept.includes(address)),
    ctx.random,
  );
  const validators = [...kept, ...others].slice(0, policy.validators.draw);
  const same =
    panel !== null &&
    validators.length === panel.validators.length &&
    validators.every((one) => panel.validators.includes(one));
  const body = { validators, quorum: Math.min(policy.validators.quorum, validators.length), epoch: policy.epoch };
  const statement = signStatement(
    { kind: 'release.drawn', subject: job.release, body, issuedAt: ctx.clock() },
    ctx.key,
  );
  return {
    statements: same ? [] : [statement],
    enqueue: validators
      .filter((validator) => !fresh(validator))
      .map((assignee) => ({ step: 'validate' as const, assignee })),
    againAt: ctx.clock() + lookAgainMs,
  };
}

function waitForNodes(
  ctx: Pick<HubContext, 'clock' | 'key'>,
  job: LeasedJob,
  release: FoundRelease,
  connected: readonly ConnectedNode[],
): JobOutcome {
  const others = connected.filter((node) => node.address !== release.publisher);
  const largest = Math.max(0, ...others.map((node) => node.memoryBytes));
  const finding =
    others.length === 0
      ? { reason: 'AwaitingValidators', message: 'No node that may verify this release is connected.' }
      : {
          reason: 'NoNodeFits',
          message: `The release needs ${needs(release)} bytes of memory; the largest connected node has ${largest}.`,
        };
  const { Verified } = release.state.tracks;
  const known = Verified.reason === finding.reason && Verified.message === finding.message;
  const body = { condition: 'Verified', status: finding.reason === 'NoNodeFits' ? 'False' : 'Unknown', ...finding };
  const statement = signStatement(
    { kind: 'release.blocked', subject: job.release, body, issuedAt: ctx.clock() },
    ctx.key,
  );
  return { statements: known ? [] : [statement], enqueue: [], againAt: ctx.clock() + lookAgainMs };
}

/** Fisher–Yates, with the context's randomness: a node must not be able to guess whom it will be drawn with. */
function shuffle<Item>(items: readonly Item[], random: (length: number) => Uint8Array): Item[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const [a = 0, b = 0, c = 0, d = 0] = random(4);
    const j = (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) % (i + 1);
    [out[i], out[j]] = [out[j] as Item, out[i] as Item];
  }
  return out;
}
