import { networkOf } from '@callable/protocol';
import { BoundedMap } from './bounded-map.ts';

export type Allowance = { ok: boolean; limit: number; remaining: number; resetSeconds: number };

/** One bucket for each network, or for each key. */
export type RateLimiter = {
  /** Takes one call from the address or of the key; null when nothing is limited. */
  take(caller: string): Allowance | null;
};

type Bucket = { tokens: number; at: number };

const networkOfSender = (address: string) => networkOf(address, 'sender');

/** `perMinute` calls at once, refilled evenly; 0 limits nothing. Who shares a bucket is what `bucketOf` says. */
export function createRateLimiter(
  perMinute: number,
  clock: () => number,
  bucketOf: (caller: string) => string = networkOfSender,
): RateLimiter {
  const buckets = new BoundedMap<string, Bucket>(50_000);
  const perMs = perMinute / 60_000;
  return {
    take(caller) {
      if (perMinute === 0) return null;
      const key = bucketOf(caller);
      const now = clock();
      const bucket = buckets.get(key) ?? { tokens: perMinute, at: now };
      bucket.tokens = Math.min(perMinute, bucket.tokens + Math.max(0, now - bucket.at) * perMs);
      bucket.at = now;
      const ok = bucket.tokens >= 1;
      if (ok) bucket.tokens--;
      buckets.set(key, bucket);
      const missing = ok ? perMinute - bucket.tokens : 1 - bucket.tokens;
      return {
        ok,
        limit: perMinute,
        remaining: Math.floor(bucket.tokens),
        resetSeconds: Math.max(1, Math.ceil(missing / perMs / 1000)),
      };
    },
  };
}
