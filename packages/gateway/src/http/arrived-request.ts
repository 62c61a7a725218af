import type { FastifyRequest } from 'fastify';
import type { ArrivedRequest } from '../admission/identify-caller.ts';

const noBody = new Uint8Array();

/** The request as it was sent: the signature covers this path and these bytes, not what a router made of them. */
export function arrivedRequest(request: FastifyRequest): ArrivedRequest {
  return {
    method: request.method,
    path: request.raw.url ?? '/',
    headers: request.headers,
    body: request.body instanceof Uint8Array ? request.body : noBody,
  };
}
