import { CallableError } from '@callable/protocol';
import type { Allowance } from '../limits/rate-limiter.ts';

/** Throws TooManyRequests when nothing is left. Null is no limit. */
export function refuseTooFast(allowance: Allowance | null): void {
  if (!allowance || allowance.ok) return;
  throw new CallableError('TooManyRequests', undefined, { details: { retryAfterSeconds: allowance.resetSeconds } });
}
