import { clientAddressOf, dropRest, refuseEncoded } from '@callable/http';
import { type CallEncoding, type CallSignal, Ending } from '@callable/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { admit } from '../admission/admit.ts';
import { admitHeaders } from '../admission/admit-headers.ts';
import type { Call } from '../admission/call.ts';
import { CallerLeft } from '../admission/caller-left.ts';
import type { GatewayContext } from '../context.ts';
import type { Allowance } from '../limits/rate-limiter.ts';
import { holdCallBody } from './hold-call-body.ts';

/** The call an HTTP request asks for. Throws what is wrong with its headers, its pace, its body or its signature. */
export async function readCall(
  ctx: GatewayContext,
  request: FastifyRequest,
  reply: FastifyReply,
  target: { reference: string; encoding: CallEncoding },
): Promise<Call> {
  const signal = signalOfCaller(reply);
  refuseByHeaders(ctx, request, reply);
  const arrived = {
    method: request.method,
    // As it was sent: the signature covers this path and these bytes, not what a router made of them.
    path: request.raw.url ?? '/',
    headers: request.headers,
    body: await holdCallBody(ctx, request, reply),
    arrivedAt: request.arrivedAt,
    remote: clientAddressOf(request.raw, ctx.config.trustedProxies),
    signal,
  };
  return admit(ctx, arrived, target);
}

function refuseByHeaders(ctx: GatewayContext, request: FastifyRequest, reply: FastifyReply): void {
  try {
    refuseEncoded(request);
    admitHeaders(
      ctx,
      { headers: request.headers, remote: clientAddressOf(request.raw, ctx.config.trustedProxies) },
      (allowance) => tellPace(reply, allowance),
    );
  } catch (error) {
    // Who is refused may still be sending, and would not hear it from a connection that is cut.
    dropRest(request.raw, ctx.config.bodyBytes, ctx.config.bodyIdleMs);
    throw error;
  }
}

/** Says in headers what is left to a caller without a key. */
function tellPace(reply: FastifyReply, { limit, remaining, resetSeconds }: Allowance): void {
  reply.header('ratelimit-policy', `"anonymous";q=${limit};w=60`);
  reply.header('ratelimit', `"anonymous";r=${remaining};t=${resetSeconds}`);
}

/** Leaving costs nothing: the node is told to stop as soon as the connection of the caller is gone. */
function signalOfCaller(reply: FastifyReply): CallSignal {
  const left = new Ending();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) left.end(new CallerLeft());
  });
  return left;
}
