import { Readable } from 'node:stream';
import { clientAddressOf, holdBody } from '@callable/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallerLeft } from '../admission/caller-left.ts';
import type { GatewayContext } from '../context.ts';

const noBody = new Uint8Array();

/**
 * The body of a call, counted in the budget of bodies as it arrives and until the call ends.
 * Throws BodyTooLarge, BodySilent, NetworkHoldsTooMuch, GatewayHoldsTooMuch, and CallerLeft.
 */
export async function holdCallBody(
  { bodies, config }: Pick<GatewayContext, 'bodies' | 'config'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Uint8Array> {
  if (!(request.body instanceof Readable)) return noBody;
  const share = bodies.open(clientAddressOf(request.raw, config.trustedProxies));
  reply.raw.once('close', share.close);
  const { bodyBytes, bodyIdleMs: idleMs } = config;
  const declaredBytes = Number(request.raw.headers['content-length'] ?? 0);
  const left = () => new CallerLeft();
  return holdBody(request.body, { share, bodyBytes, declaredBytes, idleMs, left, full: 'GatewayHoldsTooMuch' });
}
