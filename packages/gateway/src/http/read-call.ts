import { dropRest, refuseEncoded } from '@callable/http';
import type { CallEncoding } from '@callable/protocol';
import { admit } from '../admission/admit.ts';
import { admitHeaders } from '../admission/admit-headers.ts';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';
import type { Allowance } from '../limits/rate-limiter.ts';
import type { CallRequest, TellHeader } from './call-request.ts';
import { type HeldBody, holdCallBody } from './hold-call-body.ts';

/**
 * The call an HTTP request asks for, at once where its body is here and nobody signed it. Throws, or rejects with, what is wrong
 * with its headers, its pace, its body or its signature.
 */
export function readCall(
  ctx: GatewayContext,
  request: CallRequest,
  tell: TellHeader,
  target: { reference: string; encoding: CallEncoding },
): Call | Promise<Call> {
  refuseByHeaders(ctx, request, tell);
  const held = holdCallBody(ctx, request);
  const admitWith = (body: HeldBody) => admit(ctx, { ...request, ...body }, target);
  return held instanceof Promise ? held.then(admitWith) : admitWith(held);
}

function refuseByHeaders(ctx: GatewayContext, request: CallRequest, tell: TellHeader): void {
  try {
    refuseEncoded(request);
    admitHeaders(ctx, request, (allowance) => tellPace(tell, allowance));
  } catch (error) {
    // Who is refused may still be sending, and would not hear it from a connection that is cut.
    if (!(request.body instanceof Uint8Array)) dropRest(request.body, ctx.config.bodyBytes, ctx.config.bodyIdleMs);
    throw error;
  }
}

/** Says in headers what is left to a caller without a key. */
function tellPace(tell: TellHeader, { limit, remaining, resetSeconds }: Allowance): void {
  tell('ratelimit-policy', `"anonymous";q=${limit};w=60`);
  tell('ratelimit', `"anonymous";r=${remaining};t=${resetSeconds}`);
}
