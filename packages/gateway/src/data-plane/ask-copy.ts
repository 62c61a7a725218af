import { type NodeLink, type ReleaseView, toHex } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';
import { askNode } from './ask-node.ts';
import { openDeadline } from './open-deadline.ts';

/**
 * Sends one node what a caller sent, as a call like any other: of the same caller, with a number of its own and the usual
 * time, so that nobody can tell it from one. Its receipt goes nowhere: it is no usage. Null where no sound answer comes.
 */
export async function askCopy(
  ctx: GatewayContext,
  release: ReleaseView,
  { traceparent: _of, ...call }: Call,
  link: NodeLink,
): Promise<Uint8Array | null> {
  const deadline = openDeadline(ctx.config.defaultTimeoutMs, ctx.closing, ctx.clock);
  const caller = { address: call.caller.address, request: toHex(ctx.random(32)), nonce: toHex(ctx.random(32)) };
  try {
    const outcome = await askNode(ctx, release, { ...call, caller, signal: ctx.closing }, link, deadline);
    return outcome.ok ? outcome.body : null;
  } catch {
    // The gateway closes.
    return null;
  } finally {
    deadline.close();
  }
}
