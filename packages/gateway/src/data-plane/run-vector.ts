import { hash } from 'node:crypto';
import { type Address, type NodeLink, type ReleaseView, requestHash, toHex, zeroAddress } from '@callable/protocol';
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
  const signal = AbortSignal.any([ctx.closing, AbortSignal.timeout(timeoutMs)]);
  const vector = await fetchVector(ctx.hub, release, signal);
  if (!vector) return 'unknown';
  const call = vectorCall(ctx, release, vector.inputs);
  const first = await runOnce(ctx, release, call, accuser);
  return first === 'fails'
    ? runOnce(ctx, release, { ...call, caller: nobody(ctx, release, call.body) }, accuser)
    : first;
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
    if (outcome.ok) return 'runs';
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
    caller: nobody(ctx, release, body),
    network: ownNetwork,
    origin: ctx.originOf(ownNetwork),
    timeoutMs,
    probe: true,
    ...{ confirm: false, standingOnly: false, copy: false },
    signal: ctx.closing,
  };
}

/** As a call without a key: a node cannot tell it from one. */
function nobody(ctx: Pick<GatewayContext, 'clock' | 'random'>, { digest }: ReleaseView, body: Uint8Array) {
  const nonce = toHex(ctx.random(32));
  const said = { method: 'POST', path: `/v1/run/${digest}`, body: hash('sha256', body, 'hex') };
  return { address: zeroAddress, request: requestHash({ ...said, nonce, issuedAt: ctx.clock() }), nonce };
}
