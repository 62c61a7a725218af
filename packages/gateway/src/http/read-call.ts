import { CallableError, type CallEncoding } from '@callable/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { identifyCaller, isSigned } from '../admission/identify-caller.ts';
import type { GatewayContext } from '../context.ts';
import type { Call } from '../data-plane/infer.ts';
import { arrivedRequest } from './arrived-request.ts';
import { limitRate } from './limit-rate.ts';

/** The caller hung up: there is nobody left to tell anything. */
export class CallerLeft extends Error {}

/** The call a request asks for. Throws what is wrong with its headers, its signature or its pace. */
export function readCall(
  ctx: GatewayContext,
  request: FastifyRequest,
  reply: FastifyReply,
  target: { reference: string; encoding: CallEncoding },
): Call {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new CallableError('MediaTypeUnsupported', `A body encoded as ${JSON.stringify(encoding)} is not read here.`);
  const arrived = arrivedRequest(request);
  if (!isSigned(arrived)) limitRate(ctx, request, reply);
  const traceparent = request.headers.traceparent;
  return {
    ...target,
    body: arrived.body,
    caller: identifyCaller(ctx, arrived),
    timeoutMs: readTimeout(ctx, request.headers['callable-timeout-ms']),
    probe: request.headers['callable-probe'] === 'true',
    signal: signalOfCaller(reply),
    ...(typeof traceparent === 'string' && traceparent.length <= 80 ? { traceparent } : {}),
  };
}

function readTimeout({ config }: GatewayContext, header: string | string[] | undefined): number {
  if (header === undefined) return config.defaultTimeoutMs;
  const ms = Number(header);
  if (!Number.isSafeInteger(ms) || ms < 1)
    throw new CallableError(
      'RequestInvalid',
      'callable-timeout-ms must be a whole number of milliseconds, at least 1.',
    );
  return Math.min(ms, config.maximumTimeoutMs);
}

/** Leaving costs nothing: the node is told to stop as soon as the connection of the caller is gone. */
function signalOfCaller(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) left.abort(new CallerLeft());
  });
  return left.signal;
}
