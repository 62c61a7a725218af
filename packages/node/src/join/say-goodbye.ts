import { CallableError, endWithin } from '@callable/protocol';
import { leaseTask } from '@callable/sdk';
import type { NodeContext } from '../context.ts';
import { describeNode } from '../serving/describe-node.ts';

/** A hub that hears nothing finds out by itself; leaving shall not wait for one that is down. */
const patienceMs = 2000;

/** Tells the hub that this node is leaving, so that releases need not wait for its report. */
export async function sayGoodbye(context: NodeContext): Promise<void> {
  const request = { announcement: { ...describeNode(context), draining: true }, waitMs: 0 };
  await leaseTask(context.hub, request, { signal: endWithin(patienceMs) }).catch((error: unknown) => {
    // Stopped before it had joined: nobody waits for it.
    if (error instanceof CallableError && error.code === 'NodeNotFound') return;
    context.log.info({ cause: String(error) }, 'the hub could not be told that this node leaves');
  });
}
