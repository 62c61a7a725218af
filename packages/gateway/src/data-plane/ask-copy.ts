import { type NodeLink, type ReleaseView, toHex } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';
import { askNode } from './ask-node.ts';
import { openDeadline } from './open-deadline.ts';

/**
 * Sends one node what a caller sent, as a call like any other: of the same caller, with a number of its own and the usual
 * time, so that nobody can tell it from one. Its receipt is no usage. Null where no sound answer comes.
 */
export async function askCopy(
  ctx: GatewayContext,
  release: ReleaseView,
  call: Call,
  link: NodeLink,
): Promise<Uint8Array | null> {
  const deadline = openDeadline(ctx.config.defaultTimeoutMs, ctx.closing, ctx.clock);
  const caller = { address: call.caller.address, request: toHex(ctx.random(32)), signed: null };
  try {
    const copy = { ...call, caller, traceparent: undefined, signal: ctx.closing };
    const outcome = await askNode(ctx, release, copy, link, deadline);
    if (!outcome.ok) return null;
    ctx.reports.unused(outcome.head);
    return outcome.body;
  } catch {
    // The gateway closes.
    return null;
  } finally {
    deadline.close();
  }
}
