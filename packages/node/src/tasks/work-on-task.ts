import {
  CallableError,
  endWithin,
  type Statement,
  type StatementKind,
  signStatement,
  type Task,
  type TaskResult,
  toHex,
} from '@callable/protocol';
import { completeTask, findAudience } from '@callable/sdk';
import { showCall } from '../audits/show-call.ts';
import { workOnAudit } from '../audits/work-on-audit.ts';
import type { NodeContext } from '../context.ts';
import { untilHubAnswers } from '../join/until-hub-answers.ts';
import { recomputeRelease } from '../recompute/recompute-release.ts';
import { keepLease, type Lease } from './keep-lease.ts';
import { revealResult } from './reveal-result.ts';
import { validateRelease } from './validate-release.ts';
import { warmRelease } from './warm-release.ts';

/** How long a finished result is offered to a hub that is down, in lengths of the lease. */
const leasesToWait = 3;

/** A task whose work is done. Handing in may take longer: in a sealed round others are waited for. */
export type WorkedTask = { handedIn: Promise<void> };

/**
 * Does one task and hands in the result, as long as the lease is this node's. What fails here for a reason of this
 * node (its disk, its memory, its way to the hub) is told as such: it must not count against the release.
 */
export async function workOnTask(context: NodeContext, task: Task, signal: AbortSignal): Promise<WorkedTask> {
  context.log.info({ task: task.id, kind: task.kind, release: task.release }, 'task begun');
  const lease = keepLease(context, task, signal);
  const result = await doTask(context, task, lease.signal).catch((error: unknown) => {
    if (lease.signal.aborted) return null;
    return { token: task.token, statement: null, failed: failureOf(context, error) };
  });
  return { handedIn: endTask(context, task, result, lease) };
}

async function endTask(context: NodeContext, task: Task, result: TaskResult | null, lease: Lease): Promise<void> {
  await using held = lease;
  if (!result || held.signal.aborted) return context.log.warn({ task: task.id }, 'task dropped: its lease has ended');
  await handIn(context, task, result, held.signal);
}

async function doTask(context: NodeContext, task: Task, signal: AbortSignal): Promise<TaskResult> {
  if (task.kind === 'warm') {
    await warmRelease(context, task.release, signal);
    return { token: task.token, statement: null };
  }
  if (task.kind === 'disclose') {
    await showCall(context, receiptOf(task), signal);
    return { token: task.token, statement: null };
  }
  if (task.kind === 'audit')
    return { token: task.token, statement: await workOnAudit(context, receiptOf(task), signal) };
  if (task.kind === 'recompute') {
    const body = await recomputeRelease(context, { ...task, round: roundOf(task) }, signal);
    return { token: task.token, statement: await sign(context, task, 'release.recomputed', body, signal) };
  }
  const found = await validateRelease(context, task, signal);
  // Nobody finds what was committed to by trying what it could be.
  const body = { ...found, salt: toHex(context.random(32)) };
  return { token: task.token, statement: await sign(context, task, 'release.validated', body, signal) };
}

async function sign(
  context: NodeContext,
  { release: subject }: Task,
  kind: StatementKind,
  body: { ok: boolean; reason: string },
  signal: AbortSignal,
): Promise<Statement> {
  const hub = await findAudience(context.hub, 'hub', signal);
  context.log.info({ release: subject, kind, ok: body.ok, reason: body.reason }, 'release judged');
  return signStatement({ kind, subject, body, issuedAt: context.clock(), hub }, context.key);
}

function roundOf({ round }: Task): string {
  if (round === undefined) throw new CallableError('RequestInvalid', 'The task to recompute names no round.');
  return round;
}

function receiptOf({ kind, receipt }: Task): string {
  if (receipt === undefined) throw new CallableError('RequestInvalid', `The task to ${kind} names no receipt.`);
  return receipt;
}

function failureOf({ log }: NodeContext, error: unknown): { reason: string; message: string } {
  if (error instanceof CallableError) return { reason: error.code, message: error.message.slice(0, 1000) };
  log.error({ err: error }, 'a task failed inside the node');
  return { reason: 'Internal', message: 'Something failed inside the node.' };
}

async function handIn(context: NodeContext, task: Task, result: TaskResult, signal: AbortSignal): Promise<void> {
  try {
    if (task.sealed && result.statement) await revealResult(context, task, result.statement, result, signal);
    else await handInAtOnce(context, task, result, signal);
    context.log.info({ task: task.id, ...(result.failed ? { failed: result.failed } : {}) }, 'task done');
  } catch (error) {
    // The hub gives the task to somebody else; a result of a lost lease would be refused anyway.
    context.log.warn({ task: task.id, reason: error instanceof Error ? error.message : error }, 'result dropped');
  }
}

async function handInAtOnce(context: NodeContext, task: Task, result: TaskResult, signal: AbortSignal): Promise<void> {
  const patience = endWithin(leasesToWait * task.leaseMs, signal);
  await untilHubAnswers(context, 'handing in a result', patience, () =>
    completeTask(context.hub, task.id, result, { signal: patience }),
  ).catch((error: unknown) => {
    // Another node was drawn beside this one while it worked: now it takes a commitment.
    const isSealed = error instanceof CallableError && error.code === 'CommitmentMissing';
    if (!isSealed || !result.statement) throw error;
    return revealResult(context, task, result.statement, result, signal);
  });
}
