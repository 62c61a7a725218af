import { CallableError, type Task } from '@callable/protocol';
import { leaseTask } from '@callable/sdk';
import type { NodeContext } from '../context.ts';
import { joinNetwork } from '../join/join-network.ts';
import { isPassing } from '../join/until-hub-answers.ts';
import { describeNode } from '../serving/describe-node.ts';
import { createBackoff } from '../waiting/create-backoff.ts';
import { type WorkedTask, workOnTask } from './work-on-task.ts';

/** Results that wait for others, of one loop: each holds a lease, which costs the hub a request every few seconds. */
const mostWaiting = 16;

/** How long the hub may hold a request for work, milliseconds: also how often it hears what this node holds. */
const waitMs = 10_000;

/**
 * Leases tasks one after another and works on them, until the signal aborts. Nothing a task or the hub does ends
 * this loop: a node whose hub was reset joins again, one whose hub is down waits. Only that another process
 * with the same key has taken its place does, which `onReplaced` is told.
 */
export async function runTasks(
  context: NodeContext,
  signal: AbortSignal,
  onReplaced: (reason: CallableError) => void,
): Promise<void> {
  const [backoff, asker] = [createBackoff(context.random), context.presence.askAt('hub')];
  const handingIn = new Set<Promise<void>>();
  let isWaiting = false;
  while (!signal.aborted) {
    try {
      const asked = performance.now();
      // One that was away says at once that it is back.
      const task = await leaseTask(
        context.hub,
        { announcement: describeNode(context), waitMs: isWaiting ? 0 : waitMs },
        { signal },
      );
      asker.there();
      if (isWaiting) backoff.reset();
      isWaiting = false;
      if (task) await beginHandingIn(handingIn, task, await workOnTask(context, task, signal));
      // A hub that answers "nothing" at once must not be asked in a tight loop.
      else if (performance.now() - asked < 200) await backoff.wait(signal);
      if (task || performance.now() - asked >= 200) backoff.reset();
    } catch (error) {
      if (signal.aborted) break;
      if (isReplaced(error)) {
        onReplaced(error);
        break;
      }
      if (!isPassing(error)) {
        // A refusal for good is an answer.
        asker.there();
        context.log.warn({ err: error }, 'no task: trying again');
      } else if (!asker.away(error.message) && !isWaiting) {
        // Once: a hub that is away is asked many times.
        context.log.warn({ err: error.message }, 'no task: trying again');
      }
      isWaiting = isPassing(error);
      await backoff.wait(signal).catch(() => undefined);
      if (isUnknownHere(error)) await joinNetwork(context, signal).catch(() => undefined);
    }
  }
  await Promise.allSettled(handingIn);
}

/** In a sealed round others are waited for: meanwhile the next task is begun. */
async function beginHandingIn(handingIn: Set<Promise<void>>, task: Task, { handedIn }: WorkedTask): Promise<void> {
  const ending = handedIn.finally(() => handingIn.delete(ending));
  handingIn.add(ending);
  if (!task.sealed) await ending;
  else if (handingIn.size >= mostWaiting) await Promise.race(handingIn);
}

const isUnknownHere = (error: unknown) =>
  error instanceof CallableError && (error.code === 'NodeNotFound' || error.code === 'SignerNotAllowed');
const isReplaced = (error: unknown): error is CallableError =>
  error instanceof CallableError && (error.code === 'SessionReplaced' || error.code === 'SessionContested');
