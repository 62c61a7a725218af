import type { FastifyRequest } from 'fastify';
import { clientAddressOf } from './client-address-of.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

/**
 * What a log line says of a request, in place of Fastify's own words. Those name the address of the socket, behind a
 * proxy the same for everybody: who was refused for its pace could not be told from who was not.
 */
export const describeRequest =
  (trusted: TrustedProxies) =>
  (request: FastifyRequest): { method: string; url: string; host: string; remoteAddress: string } => ({
    method: request.method,
    url: request.url,
    host: request.host,
    remoteAddress: clientAddressOf(request.raw, trusted),
  });
