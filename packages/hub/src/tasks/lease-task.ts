import type { Address, LeaseRequest, Task } from '@callable/protocol';
import { takeReceipt } from '../audits/take-receipt.ts';
import type { HubContext } from '../context.ts';
import { findReleaseState } from '../fold/find-release-state.ts';
import { leaseJob } from '../jobs/lease-job.ts';
import type { LeasedJob } from '../jobs/leased-job.ts';
import { releaseLease } from '../jobs/return-job.ts';
import { holdSession } from '../nodes/hold-session.ts';
import { requireStanding } from '../nodes/require-standing.ts';
import { touchNode } from '../nodes/touch-node.ts';
import { handOver } from '../warming/hand-over.ts';

/**
 * A node must come back for its lease within this time, by handing in or by extending. After a kill -9 of the node,
 * the release it was checking waits no longer than this.
 */
export const taskLeaseMs = 20_000;
const lookAgainMs = 2000;

/** Gives a node the next task the hub has assigned to it; holds the request until there is one or time is up. */
export async function leaseTask(
  ctx: Pick<HubContext, 'db' | 'clock' | 'changes' | 'rules' | 'log'>,
  node: Address,
  request: LeaseRequest,
  { from, signal }: { from: { network: string; sender: string }; signal: AbortSignal },
): Promise<Task | null> {
  await requireStanding(ctx, node);
  await holdSession(ctx, node, request.announcement.session);
  const { leaves } = await touchNode(ctx, node, request.announcement, from);
  if (leaves) await handOver(ctx, node);
  if (request.announcement.draining) return null;
  const until = ctx.clock() + request.waitMs;
  for (;;) {
    const hint = nextHint(ctx, node, until - ctx.clock(), signal);
    const job = signal.aborted ? null : await leaseJob(ctx, node, taskLeaseMs);
    if (job && !signal.aborted) {
      if (!isAudit(job)) return viewTask(ctx, job);
      const receipt = await takeReceipt(ctx, job);
      if (receipt !== null) return { ...(await viewTask(ctx, job)), receipt };
      continue;
    }
    // The node went away while its task was looked for: it need not wait for the lease to run out.
    if (job) await releaseLease(ctx, job);
    if (signal.aborted || ctx.clock() >= until) return null;
    await hint;
  }
}

/** Subscribed before looking, so that a job enqueued in between is not slept through. */
function nextHint(ctx: Pick<HubContext, 'changes'>, node: Address, leftMs: number, signal: AbortSignal): Promise<void> {
  return ctx.changes.next({ topic: 'job', subject: node }, Math.max(0, Math.min(leftMs, lookAgainMs)), signal);
}

export async function viewTask(ctx: Pick<HubContext, 'db' | 'rules'>, job: LeasedJob): Promise<Task> {
  return {
    id: job.id,
    kind: kindOf(job),
    release: job.release,
    token: job.token,
    leaseMs: taskLeaseMs,
    epoch: ctx.rules.policy.epoch,
    ...(job.step === 'validate' || job.step === 'recompute' ? await viewRound(ctx, job) : {}),
  };
}

/** Whether reports are committed to first, and the round that names the made-up inputs. */
async function viewRound(
  ctx: Pick<HubContext, 'db'>,
  { release, step }: LeasedJob,
): Promise<Pick<Task, 'sealed' | 'round'>> {
  const panel = (await findReleaseState(ctx.db, release))?.panel;
  return {
    ...(step === 'validate' ? { sealed: panel?.sealed === true } : {}),
    ...(panel?.round ? { round: panel.round.id } : {}),
  };
}

const isAudit = ({ step }: LeasedJob) => step === 'audit' || step === 'disclose';

function kindOf({ step }: LeasedJob): Task['kind'] {
  return (nodeSteps as readonly string[]).includes(step) ? (step as Task['kind']) : 'warm';
}
const nodeSteps = ['validate', 'audit', 'disclose', 'recompute'] as const;
