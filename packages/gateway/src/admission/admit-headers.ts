import { CallableError } from '@callable/protocol';
import type { GatewayContext } from '../context.ts';
import type { Allowance } from '../limits/rate-limiter.ts';
import type { ArrivedCall } from './arrived-call.ts';
import { isSigned } from './identify-caller.ts';

/**
 * Looks at what is known before a body is read: its declared size and the pace of callers without a key. Every door asks
 * it first: whoever is refused costs no memory. `tellPace` hears what is left, also before a refusal.
 * Throws BodyTooLarge and TooManyRequests.
 */
export function admitHeaders(
  { config, rates }: Pick<GatewayContext, 'config' | 'rates'>,
  arrived: Pick<ArrivedCall, 'headers' | 'remote'>,
  tellPace: (allowance: Allowance) => void = () => {},
): void {
  if (Number(arrived.headers['content-length'] ?? 0) > config.bodyBytes) throw new CallableError('BodyTooLarge');
  if (isSigned(arrived)) return;
  const allowance = rates.take(arrived.remote);
  if (!allowance) return;
  tellPace(allowance);
  if (!allowance.ok)
    throw new CallableError('TooManyRequests', undefined, { details: { retryAfterSeconds: allowance.resetSeconds } });
}
