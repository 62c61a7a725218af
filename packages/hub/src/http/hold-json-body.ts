import { type BodyBudget, clientAddressOf, readBody } from '@callable/http';
import { CallableError, requestBodyMs } from '@callable/protocol';
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
  bodyLimit: number,
): Promise<Buffer> {
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes > bodyLimit) throw new CallableError('BodyTooLarge');
  const share = budget.open(clientAddressOf(request.raw, trustedProxies));
  request.letBodyGo = share.close;
  let size = 0;
  try {
    return await readBody(request.raw, {
      reserve(arrived, kept) {
        size += arrived;
        if (size > bodyLimit) return new CallableError('BodyTooLarge');
        const passed = share.take(kept);
        return passed && heldTooMuch(passed);
      },
      idleMs,
      longestMs: requestBodyMs,
      silence: () => new CallableError('BodySilent'),
      left: () => new CallableError('BodySilent'),
      dropBytes: bodyLimit,
      declaredBytes,
    });
  } catch (error) {
    share.close();
    throw error;
  }
}

const heldTooMuch = (passed: 'network' | 'all') =>
  new CallableError(passed === 'network' ? 'NetworkHoldsTooMuch' : 'HubHoldsTooMuch', undefined, {
    details: { retryAfterSeconds: 1 },
  });
