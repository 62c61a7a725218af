import { CallableError, type Statement, signStatement, type Task, type TaskResult } from '@callable/protocol';
import { completeTask } from '@callable/sdk';
import type { NodeContext } from '../context.ts';
import { untilHubAnswers } from '../join/until-hub-answers.ts';
import { keepLease } from './keep-lease.ts';
import { validateRelease } from './validate-release.ts';
import { warmRelease } from './warm-release.ts';

/** How long a finished result is offered to a hub that is down, in lengths of the lease. */
const leasesToWait = 3;

/**
 * Does one task and hands in the result, as long as the lease is this node's. What fails here for a reason of this
 * node (its disk, its memory, its way to the hub) is told as such: it must not count against the release.
 */
export async function workOnTask(context: NodeContext, task: Task, signal: AbortSignal): Promise<void> {
  const { log } = context;
  log.info({ task: task.id, kind: task.kind, release: task.release }, 'task begun');
  await using lease = keepLease(context, task, signal);
  const result = await doTask(context, task, lease.signal).catch((error: unknown) => {
    if (lease.signal.aborted) return null;
    return { token: task.token, statement: null, failed: failureOf(context, error) };
  });
  if (!result || lease.signal.aborted) return log.warn({ task: task.id }, 'task dropped: its lease has ended');
  await handIn(context, task, result, lease.signal);
}

async function doTask(context: NodeContext, task: Task, signal: AbortSignal): Promise<TaskResult> {
  if (task.kind === 'warm') {
    await warmRelease(context, task.release, signal);
    return { token: task.token, statement: null };
  }
  const body = await validateRelease(context, task.release, task.epoch, signal);
  const fact = { kind: 'release.validated', subject: task.release, body, issuedAt: context.clock() };
  const statement: Statement = signStatement(fact, context.key);
  context.log.info({ release: task.release, ok: body.ok, reason: body.reason }, 'release validated');
  return { token: task.token, statement };
}

function failureOf({ log }: NodeContext, error: unknown): { reason: string; message: string } {
  if (error instanceof CallableError) return { reason: error.code, message: error.message.slice(0, 1000) };
  log.error({ err: error }, 'a task failed inside the node');
  return { reason: 'Internal', message: 'Something failed inside the node.' };
}

async function handIn(context: NodeContext, task: Task, result: TaskResult, signal: AbortSignal): Promise<void> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(leasesToWait * task.leaseMs)]);
  try {
    await untilHubAnswers(context, 'handing in a result', patience, () =>
      completeTask(context.hub, task.id, result, { signal: patience }),
    );
    context.log.info({ task: task.id, ...(result.failed ? { failed: result.failed } : {}) }, 'task done');
  } catch (error) {
    // The hub gives the task to somebody else; a result of a lost lease would be refused anyway.
    context.log.warn({ task: task.id, reason: error instanceof Error ? error.message : error }, 'result dropped');
  }
}
