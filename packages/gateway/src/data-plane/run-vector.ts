import { type Address, endWithin, type NodeLink, type ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';
import { fetchVector } from '../releases/fetch-vector.ts';
import { nodesToAsk } from '../routing/nodes-to-ask.ts';
import type { VectorVerdict } from '../standings/vector-runs.ts';
import { askNode } from './ask-node.ts';
import { groupsOf } from './groups-of.ts';
import { openDeadline } from './open-deadline.ts';

/** As a probe waits. */
const timeoutMs = 20_000;

/** No network of a caller is called so: the calls of the gateway itself share a turn. */
const ownNetwork = 'gateway';

/**
 * Sends the publisher's own vector as an ordinary call, to another node than `accuser` where one holds the release. It fails
 * only when it fails twice: the first may have died with the process that somebody else's input killed. What it answers is
 * not looked at: a model that answers does not fail. Nor is time: other calls may have taken it.
 */
export async function runVector(ctx: GatewayContext, release: ReleaseView, accuser: Address): Promise<VectorVerdict> {
  const signal = endWithin(timeoutMs, ctx.closing);
  const vector = await fetchVector(ctx.hub, release, signal);
  if (!vector) return 'unknown';
  const call = vectorCall(ctx, release, vector.inputs);
  const first = await runOnce(ctx, release, call, accuser);
  return first === 'fails' ? runOnce(ctx, release, { ...call, caller: ctx.nameKeyless(call.body) }, accuser) : first;
}

async function runOnce(
  ctx: GatewayContext,
  release: ReleaseView,
  call: Call,
  accuser: Address,
): Promise<VectorVerdict> {
  const deadline = openDeadline(timeoutMs, call.signal, ctx.clock);
  try {
    const outcome = await askNode(ctx, release, call, chooseLink(ctx, release, call, accuser), deadline);
    if (outcome.ok) {
      ctx.reports.unused(outcome.head);
      return 'runs';
    }
    return outcome.claim && outcome.error.who === 'publisher' && outcome.error.code !== 'Quarantined'
      ? 'fails'
      : 'unknown';
  } finally {
    deadline.close();
  }
}

/** Throws when no node can be asked. */
function chooseLink(ctx: GatewayContext, release: ReleaseView, call: Call, accuser: Address): NodeLink {
  const links = nodesToAsk(ctx, release, groupsOf(release, call));
  return links.find(({ node }) => node !== accuser) ?? (links[0] as NodeLink);
}

function vectorCall(ctx: GatewayContext, release: ReleaseView, body: Uint8Array): Call {
  return {
    reference: release.digest,
    encoding: 'plain',
    body,
    // As a call without a key: a node cannot tell it from one.
    caller: ctx.nameKeyless(body),
    origin: ctx.origins.ofNetwork(ownNetwork),
    timeoutMs,
    probe: true,
    ...{ confirm: false, standingOnly: false, copy: false },
    signal: ctx.closing,
    traceparent: undefined,
  };
}
