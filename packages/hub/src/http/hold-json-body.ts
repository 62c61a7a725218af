import { type BodyBudget, bodyTooLarge, clientAddressOf, holdBody } from '@callable/http';
import { CallableError } from '@callable/protocol';
import type { FastifyRequest } from 'fastify';
import type { HubConfig } from '../config/hub-config.ts';

const idleMs = 10_000;

/**
 * A body, counted as it arrives and until its request ends. One that declares too much is refused before any of it is read.
 * Throws BodyTooLarge, BodySilent, NetworkHoldsTooMuch and HubHoldsTooMuch.
 */
export async function holdJsonBody(
  budget: BodyBudget,
  { trustedProxies }: Pick<HubConfig, 'trustedProxies'>,
  request: FastifyRequest,
  bodyBytes: number,
): Promise<Buffer> {
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes > bodyBytes) throw bodyTooLarge(bodyBytes, declaredBytes);
  const share = budget.open(clientAddressOf(request.raw, trustedProxies));
  request.letBodyGo = share.close;
  const left = () => new CallableError('BodySilent');
  return holdBody(request.raw, { share, bodyBytes, declaredBytes, idleMs, left, full: 'HubHoldsTooMuch' });
}
