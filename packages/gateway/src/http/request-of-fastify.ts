import { Readable } from 'node:stream';
import { clientAddressOf } from '@callable/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallerLeft } from '../admission/caller-left.ts';
import type { GatewayContext } from '../context.ts';
import type { CallRequest, TellHeader } from './call-request.ts';

const noBody = Buffer.alloc(0);

/** The request for a call that Fastify has read. */
export function requestOfFastify(
  { config }: Pick<GatewayContext, 'config'>,
  request: FastifyRequest,
  reply: FastifyReply,
): CallRequest {
  return {
    method: request.method,
    // As it was sent: the signature covers this path and these bytes, not what a router made of them.
    path: request.raw.url ?? '/',
    headers: request.headers,
    body: request.body instanceof Readable ? request.body : noBody,
    arrivedAt: request.arrivedAt,
    remote: clientAddressOf(request.raw, config.trustedProxies),
    signal: signalOfCaller(reply),
    id: () => request.id,
    whenOver: (listener) => void reply.raw.once('close', listener),
  };
}

/** For the headers of an answer by Fastify. */
export const tellBy =
  (reply: FastifyReply): TellHeader =>
  (name, value) =>
    void reply.header(name, value);

/** Leaving costs nothing: the node is told to stop as soon as the connection of the caller is gone. */
function signalOfCaller(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) left.abort(new CallerLeft());
  });
  return left.signal;
}
