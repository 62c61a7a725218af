import { setTimeout as pause } from 'node:timers/promises';
import { CallableError, type Task } from '@callable/protocol';
import { extendTask } from '@callable/sdk';
import type { NodeContext } from '../context.ts';

/** A task that is being worked on. */
export type Lease = AsyncDisposable & {
  /** Aborts when the task is no longer this node's, or the node ends. */
  signal: AbortSignal;
};

/** Extends a lease in good time until disposed. A hub that is down for a while does not end it; a refusal does. */
export function keepLease({ hub }: Pick<NodeContext, 'hub'>, task: Task, signal: AbortSignal): Lease {
  const lost = new AbortController();
  const done = new AbortController();
  const stop = AbortSignal.any([signal, done.signal]);
  const extending = (async () => {
    while (!stop.aborted) {
      await pause(task.leaseMs / 3, undefined, { signal: stop });
      await extendTask(hub, task, { signal: stop }).catch((error: unknown) => {
        if (isRefusal(error)) lost.abort(error);
      });
      if (lost.signal.aborted) return;
    }
  })().catch(() => undefined);
  return {
    signal: AbortSignal.any([signal, lost.signal]),
    async [Symbol.asyncDispose]() {
      done.abort();
      await extending;
    },
  };
}

const refusals: readonly string[] = ['LeaseLost', 'TaskNotFound', 'NodeConvicted'];
const isRefusal = (error: unknown) => error instanceof CallableError && refusals.includes(error.code);
