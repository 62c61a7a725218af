import { bodyTooLarge } from '@callable/http';
import type { GatewayContext } from '../context.ts';
import type { Allowance } from '../limits/rate-limiter.ts';
import type { ArrivedCall } from './arrived-call.ts';
import { isSigned } from './identify-caller.ts';
import { refuseTooFast } from './refuse-too-fast.ts';

/**
 * Looks at what is known before a body is read: its declared size and the pace of its network. Every door asks
 * it first: whoever is refused costs no memory. `tellPace` hears what is left to callers without a key, also before a refusal.
 * Throws BodyTooLarge and TooManyRequests.
 */
export function admitHeaders(
  { config, rates, signedRates }: Pick<GatewayContext, 'config' | 'rates' | 'signedRates'>,
  arrived: Pick<ArrivedCall, 'headers' | 'remote'>,
  tellPace: (allowance: Allowance) => void = () => {},
): void {
  const declaredBytes = Number(arrived.headers['content-length'] ?? 0);
  if (declaredBytes > config.bodyBytes) throw bodyTooLarge(config.bodyBytes, declaredBytes);
  const signed = isSigned(arrived);
  const allowance = (signed ? signedRates : rates).take(arrived.remote);
  if (!allowance) return;
  if (!signed) tellPace(allowance);
  refuseTooFast(allowance);
}
